"""`maia admission serve` as a process, with a certificate of a test's own authority."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import trustme

from tests.platform import ROOT, eventually
from tests.ports import free_port


@dataclass
class Webhook:
    """The process, its files in ``folder``, and how to reach it; at the end of a block it is stopped.

    ``database`` is the whole URL, with its secret if it has one. With ``clients`` only those have an answer who have a
    certificate of that authority.
    """

    folder: Path
    database: str
    host: str = "127.0.0.1"
    rules: dict[str, Any] = field(default_factory=dict)
    authority: trustme.CA = field(default_factory=trustme.CA)
    clients: trustme.CA | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Webhook:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.stop()

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"https://{self.host}:{self.port}"

    @property
    def log(self) -> Path:
        """What it said."""
        return self.folder / "admission.log"

    def certify(self, authority: trustme.CA | None = None) -> None:
        """Put a new certificate where it looks for one."""
        self.authority = authority or self.authority
        issued = self.authority.issue_cert(self.host)
        folder = self.folder / "tls"
        folder.mkdir(parents=True, exist_ok=True)
        issued.private_key_pem.write_to_path(folder / "tls.key")
        (folder / "tls.crt").write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))

    def start(self, *, wait: bool = True) -> Webhook:
        """Start it and wait until it answers."""
        settings = {"hub_api_url": "http://127.0.0.1:9/hub/api", "namespaces": []}
        secrets = self.folder / "secrets"
        secrets.mkdir(exist_ok=True)
        (secrets / "database").write_text(self.database)
        files = {"settings": settings, "rules": self.rules}
        for name, content in files.items():
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        options = ["--certificate", str(self.folder / "tls"), "--host", self.host, "--port", str(self.port)]
        options += ["--secrets", str(secrets)]
        if self.clients is not None:
            self.clients.cert_pem.write_to_path(self.folder / "clients.pem")
            options += ["--clients", str(self.folder / "clients.pem")]
        for name in files:
            options += [f"--{name}", str(self.folder / f"{name}.json")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "maia_hub.cli", "admission", "serve", *options],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        if wait:
            eventually(self.answers, "the review answers", 30, every=0.1)
        return self

    def stop(self) -> int:
        """End it; return its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(10)

    def client(self, issuer: trustme.CA | None = None) -> httpx.Client:
        """Return a client that trusts the authority, and nobody else; with a certificate of an issuer."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if issuer is not None:
            issuer.issue_cert("api-server.example.org").configure_cert(context)
        return httpx.Client(base_url=self.url, verify=context, trust_env=False, timeout=10)

    def answers(self) -> bool:
        """Tell whether it answers."""
        assert self.process is None or self.process.poll() is None, self.log.read_text()
        try:
            with self.client(self.clients) as client:
                return client.get("/health").is_success
        except httpx.TransportError:
            return False
