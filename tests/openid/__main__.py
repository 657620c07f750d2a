"""An OpenID provider for tests (`python -m tests.openid PORT`): oidc-provider-mock, behind a gate that checks PKCE."""

from __future__ import annotations

import sys
import warnings

with warnings.catch_warnings():  # of one library the other uses, nothing that we could mend
    warnings.simplefilter("ignore")
    import oidc_provider_mock

from werkzeug.serving import make_server

from tests.openid.pkce import Pkce

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    provider = oidc_provider_mock.app()
    make_server("127.0.0.1", int(sys.argv[1]), Pkce(provider), threaded=True).serve_forever()
