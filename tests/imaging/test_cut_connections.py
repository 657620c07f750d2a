"""The connection to a real server is cut at any byte: the transfer goes on, nothing is doubled, nothing is half."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.imaging import DicomWeb
from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import Orthanc
from tests.slurm.proxy import Proxy, between

CUTS = 100
"""Of each direction."""
SLICES = 10


@pytest.fixture
def proxy(orthanc: Orthanc) -> Iterator[Proxy]:
    """The stretch of network to the server."""
    with between(orthanc.http_port) as proxy:
        yield proxy


def test_a_hundred_cuts_while_sending(orthanc: Orthanc, proxy: Proxy, tmp_path: Path) -> None:
    paths = series.write(tmp_path / "ct", slices=SLICES, size=48)
    total = sum(path.stat().st_size for path in paths)
    chance = random.Random(20261122)
    cut = 0
    with DicomWeb(orthanc.url_at(proxy.port), login=orthanc.login, in_flight=3) as web:
        for _ in range(CUTS):
            orthanc.clear()
            before = proxy.passed
            proxy.cut_after(chance.randrange(1, total))
            sent = web.send(tmp_path / "ct")
            cut += proxy.passed - before > 0
            assert (len(sent.accepted), sent.repeated, sent.refused) == (SLICES, [], [])
            assert len(set(sent.accepted)) == orthanc.instances() == SLICES
            assert sent.bytes == total
    assert cut == CUTS


def test_what_arrived_before_the_answer_was_lost_is_not_posted_again(
    orthanc: Orthanc, proxy: Proxy, tmp_path: Path
) -> None:
    paths = series.write(tmp_path / "ct", slices=16, size=256)
    total = sum(path.stat().st_size for path in paths)
    with DicomWeb(orthanc.url_at(proxy.port), login=orthanc.login, in_flight=1) as web:
        proxy.lose_answer(b"POST ")
        sent = web.send(tmp_path / "ct")
    assert (len(sent.accepted), sent.repeated, sent.refused) == (16, [], [])
    assert orthanc.instances() == 16
    assert total < proxy.passed < 1.2 * total


def test_a_hundred_cuts_while_fetching(orthanc: Orthanc, proxy: Proxy, tmp_path: Path) -> None:
    paths = series.write(tmp_path / "ct", slices=SLICES, size=48)
    source = sorted(path.read_bytes() for path in paths)
    total = sum(map(len, source))
    chance = random.Random(20261123)
    with DicomWeb(orthanc.url_at(proxy.port), login=orthanc.login, in_flight=3) as web:
        web.send(paths)
        (study,) = web.studies()
        for n in range(CUTS):
            into = tmp_path / str(n)
            proxy.cut_after(chance.randrange(1, total))
            fetched = web.fetch(study, into=into)
            assert (len(fetched.accepted), fetched.repeated, fetched.refused) == (SLICES, [], [])
            assert sorted(path.read_bytes() for path in into.rglob("*.dcm")) == source
            assert list(into.rglob("*.part")) == []
            assert fetched.bytes == total


def test_one_who_does_not_try_again_goes_on_where_it_ended(
    orthanc: Orthanc, proxy: Proxy, tmp_path: Path
) -> None:
    series.write(tmp_path / "ct", slices=40, size=128)
    with DicomWeb(orthanc.url_at(proxy.port), login=orthanc.login, in_flight=2, attempts=1) as web:
        proxy.cut_after(700_000)
        with pytest.raises(Unavailable, match="does not answer") as told:
            web.send(tmp_path / "ct")
        arrived = orthanc.instances()
        assert 0 < told.value.details["accepted"] <= arrived < 40  # type: ignore[operator]
        sent = web.send(tmp_path / "ct")
        assert arrived <= len(sent.repeated) < 40  # the server may still have taken what had come
        assert len(sent.repeated) + len(sent.accepted) == orthanc.instances() == 40
        (study,) = web.studies()
        proxy.cut_after(700_000)
        with pytest.raises(Unavailable):
            web.fetch(study, into=tmp_path / "into")
        whole = len(list((tmp_path / "into").rglob("*.dcm")))
        fetched = web.fetch(study, into=tmp_path / "into")
        assert 0 < len(fetched.repeated) <= whole
        assert len(fetched.accepted) == 40 - len(fetched.repeated)


def test_a_server_that_is_killed_in_the_middle_of_an_upload_gets_the_rest_when_it_is_back(
    tmp_path: Path,
) -> None:
    series.write(tmp_path / "ct", slices=60, size=256)
    with (
        servers.running() as server,
        DicomWeb(server.url, login=server.login, attempts=12) as web,
        ThreadPoolExecutor(1) as pool,
    ):
        sending = pool.submit(web.send, tmp_path / "ct")
        while server.instances() < 5:
            time.sleep(0.005)
        server.stop(by=signal.SIGKILL)
        server.start()  # by this thread: what another one starts ends with it
        sent = sending.result(120)
        assert (len(sent.accepted), sent.refused) == (60, [])
        assert server.instances() == 60
