"""A value that the chart does not know, or that cannot be right, is refused before anything is installed."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.kube.helm import CHART
from tests.kube.programs import HELM, folder_of


def template(values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    command = [
        str(folder_of(HELM) / "helm"),
        "template",
        "maia",
        str(CHART),
        "--kube-version",
        "1.36.3",
        "--values",
        "-",
    ]
    return subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "values",
    [
        {"admision": {}},
        {"admission": {"gpuResources": []}},
        {"admission": {"platformUsers": ["alice"]}},
        {"priorityClasses": {"booked": "high"}},
        {"managedNamespaces": {"label": "a b"}},
    ],
)
def test_it_is_refused_by_name(values: dict[str, Any]) -> None:
    done = template(values)
    assert done.returncode != 0
    assert next(iter(values)) in done.stderr


def test_the_defaults_pass() -> None:
    done = template({})
    assert done.returncode == 0, done.stderr
