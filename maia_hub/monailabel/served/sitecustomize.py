"""What the processes that MONAI Label starts are to do otherwise, for Python runs this where PYTHONPATH leads here.

They show a token to the images' address, save before they end, send no label anywhere, and learn from what they are
told to.
"""

from __future__ import annotations

import os
import sys

if os.environ.get("MAIA_IMAGES_TOKEN"):
    from maia_served.token import show  # type: ignore[import-not-found]

    show(os.environ["MAIA_IMAGES"], os.environ["MAIA_IMAGES_TOKEN"])

if "monailabel.interfaces.utils.app" in sys.orig_argv:
    from maia_served.saving import install  # type: ignore[import-not-found]

    install()
    from maia_served.handing import send_none  # type: ignore[import-not-found]

    send_none()
    from maia_served.learning import teach  # type: ignore[import-not-found]

    teach()
