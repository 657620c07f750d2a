"""A Kubernetes cluster as the tests see it: kubectl with its kubeconfig."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kube.place import Place
from tests.kube.programs import KUBERNETES_PROGRAMS, folder_of


@dataclass(frozen=True)
class Kube:
    """A cluster, and its place on this machine if it is ours."""

    kubeconfig: Path
    place: Place | None = None

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs kubectl on this cluster."""
        program = folder_of(KUBERNETES_PROGRAMS) / "kubectl"
        return [str(program), "--kubeconfig", str(self.kubeconfig), *arguments]

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """Run kubectl and return what it printed; RuntimeError with its words if it fails."""
        command = self.command(*arguments)
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(arguments[:4])}: {done.stderr.strip()[-800:]}")
        return done.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        """Return one object, or a list of them, as the API has it."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def apply(self, *objects: dict[str, Any]) -> None:
        """Apply objects."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=json.dumps(listed))

    @contextmanager
    def namespace(self, name: str, **labels: str) -> Iterator[str]:
        """Make a namespace for the time of a block."""
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        try:
            # Without it no pod can be made in it.
            self.kubectl("wait", "-n", name, "--for=create", "serviceaccount/default", "--timeout=60s")
            yield name
        finally:
            self.kubectl("delete", "namespace", name, "--wait=true", "--timeout=60s")
