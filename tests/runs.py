"""A store of MLflow's own, on files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def file_store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let MLflow write to a folder during a test, which is its home, too; return a client."""
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{folder}/store")
    from mlflow.tracking import MlflowClient

    return MlflowClient()
