"""Real helm on the test cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.kube.kube import Kube
from tests.kube.programs import HELM, folder_of

CHART = Path(__file__).parents[2] / "helm" / "maia-hub"
NAMESPACE = "maia-release"
"""Where the tests' one release lives: what the chart makes for the whole cluster can have one owner only."""
RULES_ALONE: dict[str, Any] = {part: {"enabled": False} for part in ("hub", "proxy", "service")}
"""Values without anything that runs: priority classes and policies are there in a second."""


def helm(kube: Kube, *arguments: str, given: str | None = None) -> str:
    """Run helm on a cluster and return what it printed; RuntimeError with its words if it fails."""
    return run(*arguments, "--kubeconfig", str(kube.kubeconfig), given=given)


def run(*arguments: str, given: str | None = None) -> str:
    """Run helm and return what it printed; RuntimeError with its words if it fails."""
    command = [str(folder_of(HELM) / "helm"), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"helm {' '.join(arguments[:3])}: {done.stderr.strip()[-1500:]}")
    return done.stdout


@contextmanager
def installed(kube: Kube, release: str, namespace: str, values: Mapping[str, Any]) -> Iterator[None]:
    """Install the chart for the time of a block: its rules, and what else the values say."""
    command = ["upgrade", "--install", release, str(CHART), "--namespace", namespace, "--create-namespace"]
    helm(
        kube,
        *command,
        "--wait",
        "--timeout",
        "120s",
        "--values",
        "-",
        given=json.dumps({**RULES_ALONE, **values}),
    )
    try:
        yield
    finally:
        helm(kube, "uninstall", release, "--namespace", namespace, "--wait")
        kube.kubectl("delete", "namespace", namespace, "--wait=true", "--timeout=60s")


@contextmanager
def applied(kube: Kube, release: str, template: str, values: Mapping[str, Any]) -> Iterator[None]:
    """Apply one of the chart's templates, as a release of that name would have it, for the time of a block."""
    command = [
        "template",
        release,
        str(CHART),
        "--namespace",
        NAMESPACE,
        "--show-only",
        f"templates/{template}",
    ]
    text = helm(kube, *command, "--values", "-", given=json.dumps(values))
    made = [each for each in yaml.safe_load_all(text) if each]
    kube.apply(*made)
    try:
        yield
    finally:
        for each in made:
            kube.kubectl("delete", each["kind"], each["metadata"]["name"], "--ignore-not-found")
