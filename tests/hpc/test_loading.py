"""What each process loads: who only asks the broker does not load what speaks SSH."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["maia_hub.hpc.verbs", "maia_hub.hpc.broker.client", "maia_lab.hpc.paneldesk"]
)
def test_a_client_of_the_broker_loads_no_ssh_and_no_mlflow(module: str) -> None:
    code = f"import sys, {module}; sys.exit(bool({{'asyncssh', 'mlflow', 'pandas'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
