"""A value that the chart does not know, or that cannot be right, is refused before anything is installed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helm.rendered import template


@pytest.mark.parametrize(
    "values",
    [
        {"admision": {}},
        {"admission": {"gpuResources": []}},
        {"admission": {"platformUsers": ["alice"]}},
        {"priorityClasses": {"booked": "high"}},
        {"managedNamespaces": {"label": "a b"}},
        {"ingress": {"enabled": True}},
        {"httpRoute": {"enabled": True}},
        {"hub": {"enabled": False}},
        {"database": {"url": "mysql://x/y"}},
        {"database": {"url": "postgresql://maia:secret@db/maia"}},
        {"service": {"polciy": "open"}},
        {"service": {"unused": {"afterMinutes": 0}}},
        {"service": {"idle": {"prometheus": "prometheus:9090"}}},
        {"service": {"idle": {"belowPercent": 101}}},
        {"service": {"limits": {"readng": 1}}},
        {"hub": {"volume": {"size": "big"}}},
        {"tools": {"namespaces": {"vision-tools": {}}}},
        {"tools": {"namespaces": {"vision-tools": {"project": "a b"}}}},
        {"tools": {"outside": {"vision": {"runs": {"kind": "spreadsheet", "address": "http://runs"}}}}},
        {"tools": {"outside": {"vision": {"runs": {"kind": "mlflow", "address": "http://ada:hush@runs"}}}}},
        {
            "tools": {
                "outside": {"vision": {"runs": {"kind": "s3", "address": "http://s3", "secret": "hush"}}}
            }
        },
        {"tools": {"enabled": True}, "proxy": {"enabled": False}},
    ],
)
def test_it_is_refused_by_name(values: dict[str, Any]) -> None:
    done = template(values)
    assert done.returncode != 0
    assert next(iter(values)) in done.stderr


def test_the_defaults_pass() -> None:
    done = template({})
    assert done.returncode == 0, done.stderr
