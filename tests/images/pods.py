"""Pods of the product's images as the platform makes them: restricted, on a read-only root, with a session if asked."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from maia_hub.core import marks
from maia_hub.core.sessionfile import ENV, NAME, SessionFile
from tests.kube.kube import Kube

SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
GRANT = "4c3ee0a5-2c4b-4b0e-9f0e-000000000001"


def session(end: timedelta | None = None) -> SessionFile:
    """Return a session that ends so long from now; no end means a CPU session."""
    now = datetime.now(timezone.utc)
    cpu = SessionFile(
        grant=GRANT, kind="cpu", user="ada", server="", project="default", reason="test", since=now
    )
    if end is None:
        return cpu
    until = now + end
    return replace(
        cpu,
        kind="booked",
        until=until,
        save=until - timedelta(seconds=4),
        stop=until - timedelta(seconds=3),
        kill=until - timedelta(seconds=1),
    )


@dataclass(frozen=True)
class Pod:
    """One pod of a namespace."""

    kube: Kube
    namespace: str
    name: str

    def run(self, *command: str) -> str:
        """Run a command in its container and return what it printed; RuntimeError if it fails."""
        return self.kube.kubectl("exec", "-n", self.namespace, self.name, "--", *command)

    def logs(self) -> str:
        """Return what its container printed."""
        return self.kube.kubectl("logs", "-n", self.namespace, self.name)

    def follow(self) -> subprocess.Popen[str]:
        """Read what it prints while it runs, also what it says last."""
        command = self.kube.command("logs", "-f", "-n", self.namespace, self.name)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def status(self) -> dict[str, Any]:
        """Return its status."""
        found: dict[str, Any] = self.kube.get("pod", "-n", self.namespace, self.name)["status"]
        return found

    def ended(self) -> dict[str, Any]:
        """Wait until its container has ended and return how."""

        def terminated() -> dict[str, Any] | None:
            states = self.status().get("containerStatuses", [{}])
            found: dict[str, Any] | None = states[0].get("state", {}).get("terminated")
            return found

        how: dict[str, Any] = until(terminated, lambda: f"{self.name} has not ended: {self.status()}")
        return how

    def says(self, text: str) -> None:
        """Wait until it has printed a text."""
        until(lambda: text in self.logs(), lambda: f"{self.name} does not say {text!r}: {self.logs()}")

    def annotate(self, content: SessionFile) -> None:
        """Write the session anew, as the control loops do when an end moves."""
        mark = f"{marks.SESSION}={content.to_json()}"
        self.kube.kubectl("annotate", "pod", "-n", self.namespace, self.name, "--overwrite", mark)

    def over_http(self, port: int, path: str) -> str:
        """Ask its server through the API server."""
        where = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}:{port}/proxy{path}"
        return self.kube.kubectl("get", "--raw", where)


def until(look: Callable[[], Any], words: Callable[[], str], seconds: float = 60) -> Any:
    """Look until there is something; RuntimeError in words if there never is."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            found = look()
        except RuntimeError:
            found = None
        if found:
            return found
        time.sleep(0.3)
    raise RuntimeError(words())


def workspace(
    kube: Kube,
    namespace: str,
    name: str,
    image: str,
    arguments: Sequence[str],
    content: SessionFile | str | None = None,
    before: Sequence[str] = (),
) -> Pod:
    """Start a workspace; `before` runs in its home first."""
    shown = {"path": NAME, "fieldRef": {"fieldPath": f"metadata.annotations['{marks.SESSION}']"}}
    volumes: list[dict[str, Any]] = [
        {"name": "home", "emptyDir": {}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "session", "downwardAPI": {"items": [shown]}},
    ]
    mounts = [
        {"name": "home", "mountPath": "/home/jovyan"},
        {"name": "scratch", "mountPath": "/tmp"},
        {"name": "session", "mountPath": str(marks.SESSION_FOLDER), "readOnly": True},
    ]
    container = {
        "name": "notebook",
        "image": image,
        "imagePullPolicy": "Never",
        "args": list(arguments),
        "env": [{"name": ENV, "value": str(marks.SESSION_FOLDER / NAME)}] if content else [],
        "volumeMounts": mounts,
        "securityContext": SECURITY,
    }
    first = {**container, "name": "before", "command": list(before), "args": []}
    text = content.to_json() if isinstance(content, SessionFile) else content
    annotations = {marks.SESSION: text} if text else {}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {marks.GRANT: GRANT},
            "annotations": annotations,
        },
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 30,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"fsGroup": 1000},
            "volumes": volumes,
            "initContainers": [first] if before else [],
            "containers": [container],
        },
    }
    kube.apply(pod)
    return Pod(kube, namespace, name)


def plain(kube: Kube, namespace: str, name: str, containers: Sequence[dict[str, Any]]) -> Pod:
    """Start a pod of the platform's own images; each container has an empty folder of its own as its home."""
    volumes = [{"name": c["name"], "emptyDir": {}} for c in containers]
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {"fsGroup": 65532},
        "volumes": volumes,
        "containers": [{"imagePullPolicy": "Never", "securityContext": SECURITY, **c} for c in containers],
    }
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
            "spec": spec,
        }
    )
    return Pod(kube, namespace, name)
