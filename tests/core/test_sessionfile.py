"""The file in which a server finds what it holds, across versions of the platform."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from maia_hub.core.sessionfile import SessionFile, SessionGpu

NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
GIVEN = SessionFile(
    grant="g",
    kind="booked",
    user="ada",
    server="",
    project="default",
    reason="",
    since=NOON,
    gpus=(SessionGpu(id="GPU-1", index=0, product="A6000", memory=1, simulated=False),),
    until=NOON + timedelta(hours=1),
    save=NOON,
    stop=NOON,
    kill=NOON,
)


def test_what_is_written_is_read() -> None:
    assert SessionFile.from_json(GIVEN.to_json()) == GIVEN


def test_what_a_newer_service_writes_besides_is_left_out() -> None:
    raw = json.loads(GIVEN.to_json())
    raw["later"] = 1
    raw["gpus"][0]["later"] = 1
    assert SessionFile.from_json(json.dumps(raw)) == GIVEN


@pytest.mark.parametrize("missing", ["grant", "since", "gpus", "stop"])
def test_a_file_without_what_is_needed_is_refused(missing: str) -> None:
    raw = json.loads(GIVEN.to_json())
    del raw[missing]
    with pytest.raises(ValueError, match="not a session file"):
        SessionFile.from_json(json.dumps(raw))
