"""Serving the review over TLS, with a certificate that may change while it serves."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

_log = logging.getLogger(__name__)
_LOOK = 1.0  # seconds between two looks at the files
_GRACE = (
    2  # seconds that reviews get to finish when the server is told to stop: the API server waits no longer
)


@dataclass
class Certificate:
    """The files ``tls.crt`` and ``tls.key`` of a folder, as a mounted Secret has them."""

    folder: Path
    _loaded: tuple[bytes, bytes] | None = field(default=None, init=False)

    @property
    def chain(self) -> Path:
        """The certificate."""
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        """Its key."""
        return self.folder / "tls.key"

    async def there(self) -> None:
        """Wait until there is one: the controller makes it, or cert-manager."""
        told = False
        while not all(path.is_file() and path.stat().st_size for path in (self.chain, self.key)):
            if not told:
                _log.info("there is no certificate in %s yet; waiting for one", self.folder)
            told = True
            await asyncio.sleep(_LOOK)

    def load(self, context: ssl.SSLContext) -> bool:
        """Use what is in the files for new connections; return whether it is another than before."""
        found = self.chain.read_bytes(), self.key.read_bytes()
        if found == self._loaded:
            return False
        context.load_cert_chain(self.chain, self.key)
        self._loaded = found
        return True

    async def follow(self, context: ssl.SSLContext) -> None:
        """Load the certificate anew whenever it changes, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK)
            try:
                if self.load(context):
                    _log.info("serving with a new certificate")
            except (OSError, ssl.SSLError) as e:  # half of it was written: the next look sees all
                _log.warning("the new certificate in %s cannot be used: %s", self.folder, e)


async def serve(
    app: Starlette, host: str, port: int, certificate: Certificate, clients: Path | None = None
) -> None:
    """Serve until a signal ends it; with authorities in the file ``clients`` only who has a certificate of theirs."""
    await certificate.there()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        ssl_certfile=certificate.chain,
        ssl_keyfile=certificate.key,
        ssl_ca_certs=None if clients is None else str(clients),
        ssl_cert_reqs=ssl.CERT_NONE if clients is None else ssl.CERT_REQUIRED,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )
    config.load()
    assert config.ssl is not None
    config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate.load(config.ssl)
    following = asyncio.create_task(certificate.follow(config.ssl))
    gc.collect()
    gc.freeze()  # the programs themselves, 100,000 objects, would be looked through for 40 ms in the midst of reviews
    try:
        await uvicorn.Server(config).serve()
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
