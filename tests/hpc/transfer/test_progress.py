"""What is told of a transfer while it goes on."""

from __future__ import annotations

import time

import pytest

from maia_hub.hpc.transfer.progress import Meter, silent


@pytest.mark.asyncio
async def test_what_was_there_before_makes_no_transfer_look_quicker() -> None:
    meter = Meter(silent)
    meter.expect(files=2, size=1000, done=400)
    began = time.monotonic()
    assert meter.now().remaining is None
    time.sleep(0.01)
    await meter.add(300, files=1)
    taken = time.monotonic() - began
    far = meter.now()
    assert (far.bytes_done, far.files_done) == (700, 1)
    assert 0 < far.rate <= 300 / taken
    assert far.remaining is not None
    assert far.remaining * far.rate == pytest.approx(300)
