"""The chart's manifests as helm renders them, without a cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.kube.helm import CHART
from tests.kube.programs import HELM, folder_of

NAMESPACE = "site"
Manifest = dict[str, Any]


def template(values: Mapping[str, Any], *files: Path) -> subprocess.CompletedProcess[str]:
    """Render the chart with the values of the files, and with these over them."""
    command = [
        str(folder_of(HELM) / "helm"),
        *("template", "maia-hub", str(CHART), "--namespace", NAMESPACE, "--kube-version", "1.36.3"),
        *(part for file in files for part in ("--values", str(file))),
        *("--values", "-"),
    ]
    return subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=False)


def manifests(values: Mapping[str, Any], *files: Path) -> list[Manifest]:
    """Return the rendered manifests; AssertionError with helm's words if there are none."""
    done = template(values, *files)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def named(found: list[Manifest], kind: str, name: str) -> Manifest:
    """Return the one manifest of a kind and name."""
    (only,) = [each for each in found if each["kind"] == kind and each["metadata"]["name"] == name]
    return only


def of_kind(found: list[Manifest], kind: str) -> list[Manifest]:
    """Return all manifests of a kind."""
    return [each for each in found if each["kind"] == kind]


def pod_templates(found: list[Manifest]) -> dict[str, Manifest]:
    """Return the spec of every pod that the chart makes, by the name of what makes it."""
    made = {}
    for each in found:
        if each["kind"] in ("Deployment", "StatefulSet", "Job", "DaemonSet"):
            made[f"{each['kind']}/{each['metadata']['name']}"] = each["spec"]["template"]["spec"]
        elif each["kind"] == "CronJob":
            template = each["spec"]["jobTemplate"]["spec"]["template"]
            made[f"CronJob/{each['metadata']['name']}"] = template["spec"]
        elif each["kind"] == "Pod":
            made[f"Pod/{each['metadata']['name']}"] = each["spec"]
    return made
