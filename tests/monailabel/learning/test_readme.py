"""What the README shows of learning does what it says."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maia_hub.monailabel.labels.versions import Version
from tests.monailabel.learning.labelling import NOON, SPLEEN, ticking

pytest.importorskip("mlflow")
README = Path(__file__).parents[3] / "README.md"


def test_the_example_of_learning_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = README.read_text().split("### Labels: what models learn from them")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{tmp_path}/store")
    (tmp_path / "model.pt").write_bytes(b"weights")
    found = [
        Version(
            uid=f"1.3.{n}",
            series_uid=f"1.4.{n}",
            study_uid="1.5",
            of=f"1.2.{n}",
            number=1,
            labels=("spleen",),
            author="Lovelace^Ada",
            at=NOON + timedelta(minutes=n),
        )
        for n in range(12)
    ]
    names: dict[str, Any] = {
        "file": tmp_path / "learning.sqlite",
        "found": found,
        "now": ticking(),
        "Path": Path,
    }
    exec(code[1], names)
    state = names["record"].state()
    used = state.used(SPLEEN)
    assert (used.number, used.score, len(state.labels)) == (1, 0.87, 12)
    from mlflow.tracking import MlflowClient

    experiment = MlflowClient().get_experiment_by_name(SPLEEN)
    assert experiment is not None
    (run,) = MlflowClient().search_runs([experiment.experiment_id])
    assert run.data.metrics == {"loss": 0.2, "held_out_dice": 0.87}
