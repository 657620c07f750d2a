"""The review at work on a real API server: the chart's objects for namespaces of the tests' own, the process here."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from maia_hub.core.bookings import Booking
from maia_hub.core.gpus import Gpu
from maia_hub.core.ids import NodeId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.leases import Lease
from maia_hub.core.machines import WHOLE_GPU, gpu_of
from maia_hub.desk import Actor, Asked
from tests.admission.gate import HUB, Json, pod
from tests.admission.webhook import Webhook
from tests.desk.office import Office
from tests.kube.helm import CHART, helm
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.platform import eventually

SPACE = "review-lab"
LABEL = "review.maia.io/managed"
TEMPLATES = ("no-gpu-unasked", "no-lingering", "our-marks", "user-accounts", "webhooks")
VALUES = {
    "managedNamespaces": {"label": LABEL},
    "admission": {"platformUsers": [HUB], "webhook": {"enabled": True, "userPrefix": "oidc:"}},
}
GROUP = "rbac.authorization.k8s.io"
RULES = [
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "get", "patch", "delete"]},
    {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["create"]},
    {"apiGroups": ["batch", "apps"], "resources": ["*"], "verbs": ["create", "get", "patch"]},
]


def clock() -> datetime:
    """Return the present moment."""
    return datetime.now(timezone.utc)


@dataclass
class Wall:
    """The review, its database, and people who make pods."""

    kube: Kube
    office: Office
    webhook: Webhook

    def book(self, user: str, gpus: int = 1, minutes: float = 60) -> Booking:
        """Book GPUs from now on."""
        start = clock()
        asked = Asked(interval=Interval(start, start + timedelta(minutes=minutes)), gpus=gpus)
        return self.office.desk.book(Actor(UserName(user)), asked, start)

    def create(self, who: str, made: Json | None = None, *options: str) -> Json:
        """Make a pod, or something else, as somebody; RuntimeError with the API server's words if it is refused."""
        made = {"apiVersion": "v1", "kind": "Pod", **(made or pod())}
        made["metadata"] = {**made["metadata"], "name": f"tried-{secrets.token_hex(4)}"}
        command = ["create", "-n", SPACE, "--as", who, "-o", "json", *options, "-f", "-"]
        stored: Json = json.loads(self.kube.kubectl(*command, given=json.dumps(made)))
        return stored

    def pods(self) -> list[Json]:
        """Return the pods that are there."""
        found: list[Json] = self.kube.get("pods", "-n", SPACE)["items"]
        return found

    def leases(self, user: str) -> list[Lease]:
        """Return what somebody holds."""
        return [lease for lease in self.office.desk.live_leases(clock()) if lease.user == user]


def cpu(**spec: Any) -> Json:
    """Return a pod that asks for no GPU."""
    return {"metadata": {}, "spec": {"containers": [{"name": "main", "image": "x"}], **spec}}


def objects(kube: Kube, webhook: Webhook) -> list[Json]:
    """Return what the chart makes, the process here in the place of its Service."""
    shown = [part for name in TEMPLATES for part in ("--show-only", f"templates/admission/{name}.yaml")]
    text = helm(kube, "template", "review", str(CHART), *shown, "--values", "-", given=json.dumps(VALUES))
    made: list[Json] = [each for each in yaml.safe_load_all(text) if each]
    authority = base64.b64encode(webhook.authority.cert_pem.bytes()).decode()
    for each in made:
        for hook in each.get("webhooks", []):
            path = hook["clientConfig"]["service"]["path"]
            hook["clientConfig"] = {"url": f"{webhook.url}{path}", "caBundle": authority}
    return made


@contextmanager
def standing(kube: Kube, folder: Path) -> Iterator[Wall]:
    """Let the review stand before a namespace for the time of a block."""
    names = [each["metadata"]["name"] for each in kube.get("nodes")["items"]]
    node = names[0] if names else "no-node"  # nothing has to run: the review comes before that
    devices = [Gpu(gpu_of(node, WHOLE_GPU, n), NodeId(node), n, "A6000", 2**30) for n in range(40)]
    office = Office(folder, found=devices)
    host = (kube.place or Place()).address
    rules = {"platform": [HUB], "user_prefix": "oidc:"}
    webhook = Webhook(folder, f"sqlite:///{folder / 'maia.db'}", host=host, rules=rules)
    webhook.certify()
    webhook.start()
    made = objects(kube, webhook)
    wall = Wall(kube, office, webhook)
    try:
        with kube.namespace(SPACE, **{LABEL: "true"}):
            kube.apply(*made, *_rights())
            eventually(lambda: _at_work(wall), "the API server asks the review", 30, every=0.2)
            yield wall
    finally:
        for each in made:
            kube.kubectl("delete", each["kind"], each["metadata"]["name"], "--ignore-not-found")
        webhook.stop()
        office.close()


def _rights() -> Iterator[Json]:
    meta = {"name": "everybody", "namespace": SPACE}
    yield {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": meta, "rules": RULES}
    subject = {"kind": "Group", "name": "system:authenticated", "apiGroup": GROUP}
    reference = {"apiGroup": GROUP, "kind": "Role", "name": "everybody"}
    binding = {"subjects": [subject], "roleRef": reference}
    yield {"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding", "metadata": meta, **binding}
    for account in ("maia-user-ada", "maia-user-ben"):
        meta = {"name": account, "namespace": SPACE}
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


def _at_work(wall: Wall) -> bool:
    """Tell whether all that was applied is in force: it is some moments after it was written."""
    tries: list[tuple[str, Any, str]] = [
        ("oidc:nobody", pod(), "nobody has no booking"),
        ("oidc:nobody", cpu(serviceAccountName="maia-user-ada"), "belongs to a user"),
    ]
    for who, made, words in tries:
        try:
            wall.create(who, made, "--dry-run=server")
        except RuntimeError as e:
            if words not in str(e):
                return False
        else:
            return False
    return True
