"""The review's certificate on a real API server: made, told, renewed in time, and agreed upon by two who do it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509

from maia_hub.cluster.certificates import Certificates
from maia_hub.cluster.connection import connect
from tests.kube.kube import Kube

SPACE = NAME = "review-certificates"
KINDS = {"MutatingWebhookConfiguration": "None", "ValidatingWebhookConfiguration": "NoneOnDryRun"}


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def kept(kube: Kube) -> Iterator[Kube]:
    """The objects that the chart makes: an empty Secret, and configurations that match nothing."""
    hook = {
        "name": "x.maia.io",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": {"namespace": SPACE, "name": NAME}},
        "namespaceSelector": {"matchLabels": {"never": "matches"}},
    }
    configurations = [
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": {"name": NAME},
            "webhooks": [
                {**hook, "sideEffects": effects},
                {**hook, "name": "y.maia.io", "sideEffects": effects},
            ],
        }
        for kind, effects in KINDS.items()
    ]
    with kube.namespace(SPACE):
        meta = {"name": f"{NAME}-tls", "namespace": SPACE}
        kube.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta}, *configurations)
        yield kube
        for kind in KINDS:
            kube.kubectl("delete", kind, NAME)


@asynccontextmanager
async def keeper(kube: Kube, clock: Clock) -> AsyncIterator[Certificates]:
    async with await connect(kube.kubeconfig) as api:
        yield Certificates(api, SPACE, NAME, clock)


def secret(kube: Kube) -> dict[str, bytes]:
    data = kube.get("secret", f"{NAME}-tls", "-n", SPACE)["data"]
    return {name: base64.b64decode(content) for name, content in data.items()}


def bundles(kube: Kube) -> set[bytes]:
    found = [hook for kind in KINDS for hook in kube.get(kind, NAME)["webhooks"]]
    assert len(found) == 4
    return {base64.b64decode(hook["clientConfig"].get("caBundle", "")) for hook in found}


def settle(kube: Kube, clock: Clock) -> None:
    async def run() -> None:
        async with keeper(kube, clock) as certificates:
            await certificates.settle()

    asyncio.run(run())


def test_a_first_certificate_is_made_and_trusted(kept: Kube, tmp_path: Path) -> None:
    settle(kept, Clock())
    files = secret(kept)
    assert bundles(kept) == {files["ca.crt"]}
    (tmp_path / "tls.crt").write_bytes(files["tls.crt"])
    (tmp_path / "tls.key").write_bytes(files["tls.key"])
    serving, asking = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    serving.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    asking.load_verify_locations(cadata=files["ca.crt"].decode())
    assert shaken(serving, asking, f"{NAME}.{SPACE}.svc")
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(serving, asking, "somebody-else.svc")


def shaken(serving: ssl.SSLContext, asking: ssl.SSLContext, host: str) -> bool:
    """Let two ends shake hands in memory."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(back, there, server_hostname=host)
    server = serving.wrap_bio(there, back, server_side=True)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for end in (client, server):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                continue
    return True


def test_it_is_renewed_in_time_by_the_same_authority(kept: Kube) -> None:
    clock = Clock()
    settle(kept, clock)
    first = secret(kept)
    clock.now += timedelta(days=55)
    settle(kept, clock)
    assert secret(kept) == first
    clock.now += timedelta(days=10)
    settle(kept, clock)
    renewed = secret(kept)
    assert renewed["ca.crt"] == first["ca.crt"]
    assert renewed["tls.crt"] != first["tls.crt"]
    assert x509.load_pem_x509_certificate(renewed["tls.crt"]).not_valid_after_utc > clock.now + timedelta(
        days=85
    )


def test_a_new_authority_is_trusted_beside_the_old_one(kept: Kube) -> None:
    clock = Clock()
    settle(kept, clock)
    first = secret(kept)
    clock.now += timedelta(days=2500)
    settle(kept, clock)
    renewed = secret(kept)
    assert renewed["ca.crt"].endswith(first["ca.crt"])
    assert len(x509.load_pem_x509_certificates(renewed["ca.crt"])) == 2
    assert bundles(kept) == {renewed["ca.crt"]}


@pytest.mark.parametrize("lost", ["caBundle", "tls.key", "ca.key", "ca.crt"])
def test_what_is_lost_is_made_again(kept: Kube, lost: str) -> None:
    clock = Clock()
    settle(kept, clock)
    if lost == "caBundle":
        path = "/webhooks/0/clientConfig/caBundle"
        for kind in KINDS:
            kept.kubectl("patch", kind, NAME, "--type=json", "-p", f'[{{"op": "remove", "path": "{path}"}}]')
    else:
        change = f'{{"data": {{"{lost}": "bm9uZQ=="}}}}'
        kept.kubectl("patch", "secret", f"{NAME}-tls", "-n", SPACE, "--type=merge", "-p", change)
    settle(kept, clock)
    files = secret(kept)
    assert bundles(kept) == {files["ca.crt"]}
    assert b"none" not in files.values()


def test_two_that_begin_together_agree(kept: Kube) -> None:
    clock = Clock()

    async def run() -> None:
        async with keeper(kept, clock) as one, keeper(kept, clock) as two:
            await asyncio.gather(one.settle(), two.settle())

    asyncio.run(run())
    files = secret(kept)
    assert bundles(kept) == {files["ca.crt"]}
    authority = x509.load_pem_x509_certificate(files["ca.crt"])
    x509.load_pem_x509_certificate(files["tls.crt"]).verify_directly_issued_by(authority)
