"""Whatever breaks between submit and server, the label is kept and arrives later, once."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maia_hub.imaging import AsyncDicomWeb, DicomWeb
from maia_hub.monailabel.labels.delivery import Delivery
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.labels.submissions import SUBMISSION
from maia_hub.monailabel.labels.versions import versions
from tests.dicom import orthanc as servers
from tests.dicom.orthanc import Orthanc
from tests.imaging.test_full_disks import mounted
from tests.monailabel.labels.drawing import Image, clock, stored
from tests.slurm.proxy import Proxy, between

pytestmark = pytest.mark.asyncio
_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.fixture
def proxy(orthanc: Orthanc) -> Iterator[Proxy]:
    """The stretch of network to the server."""
    with between(orthanc.http_port) as proxy:
        yield proxy


async def there(orthanc: Orthanc, image: Image) -> list[str]:
    """Return the versions that the server has, asked past whatever breaks."""
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login) as web:
        return [each.uid for each in await versions(web, image.uid)]


async def test_a_server_that_was_killed_gets_them_when_it_is_back(tmp_path: Path) -> None:
    now, forward = clock()
    with servers.running() as server:
        with DicomWeb(server.url, login=server.login) as blocking:
            image = await asyncio.to_thread(stored, blocking, tmp_path / "ct")
        outbox = Outbox(tmp_path / "outbox")
        whats = [image.by() for _ in range(3)]
        server.stop(by=signal.SIGKILL)
        for what in whats:
            outbox.keep(what, image.box(), image.folder)
        async with AsyncDicomWeb(server.url, login=server.login, attempts=1) as web:
            delivery = Delivery(outbox, web)
            assert await delivery.once(now) == []
            (first, *_) = outbox.kept()
            assert "does not answer" in first.fate.why
            assert first.what.at == whats[0].at
            server.start()
            assert await delivery.once(now) == []
            forward(2)
            assert [each.what for each in await delivery.once(now)] == whats
        assert await there(server, image) == [each.uid for each in whats]


async def test_a_server_whose_disk_is_full_gets_them_when_there_is_room(tmp_path: Path) -> None:
    now, forward = clock()
    server = Orthanc(storage=tmp_path / "storage")
    try:
        server.start()
        with DicomWeb(server.url, login=server.login) as blocking:
            image = await asyncio.to_thread(stored, blocking, tmp_path / "ct")
        server.stop()
        server.command = mounted(_READ_ONLY, tmp_path / "storage")
        server.start()
        outbox = Outbox(tmp_path / "outbox")
        outbox.keep(image.by(), image.box(), image.folder)
        async with AsyncDicomWeb(server.url, login=server.login, attempts=1) as web:
            assert await Delivery(outbox, web).once(now) == []
            assert "disk or quota is full" in outbox.kept()[0].fate.why
            server.stop()
            server.command = ()
            server.start()
            forward(2)
            (done,) = await Delivery(outbox, web).once(now)
        assert (done.number, done.repeated) == (1, False)
    finally:
        server.close()


async def test_cuts_at_any_byte_leave_one_of_each(
    orthanc: Orthanc, proxy: Proxy, outbox: Outbox, image: Image
) -> None:
    now, forward = clock()
    chance = random.Random(20261122)
    submitted, cuts = [], 0
    async with AsyncDicomWeb(orthanc.url_at(proxy.port), login=orthanc.login, attempts=1) as web:
        for n in range(5):
            submitted.append(image.by())
            outbox.keep(submitted[-1], image.box(n + 1), image.folder)
            while outbox.kept():
                proxy.cut_after(chance.randrange(1, 12_000))
                await Delivery(outbox, web).once(now)
                cuts += bool(outbox.kept())
                forward(300)
    assert cuts >= 3
    assert await there(orthanc, image) == [each.uid for each in submitted]


async def test_an_answer_that_is_lost_is_no_second_version(
    orthanc: Orthanc, proxy: Proxy, outbox: Outbox, image: Image
) -> None:
    now, forward = clock()
    outbox.keep(what := image.by(), image.box(), image.folder)
    async with AsyncDicomWeb(orthanc.url_at(proxy.port), login=orthanc.login, attempts=1) as web:
        proxy.lose_answer(b"POST ")
        assert await Delivery(outbox, web).once(now) == []
        forward(2)
        (done,) = await Delivery(outbox, web).once(now)
    assert (done.number, done.repeated) == (1, True)
    assert await there(orthanc, image) == [what.uid]


_SUBMITS_AND_SENDS = """
import asyncio, sys
from datetime import datetime, timezone
from pathlib import Path
from maia_hub.imaging import AsyncDicomWeb
from maia_hub.monailabel.labels.delivery import Delivery
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.labels.submissions import SUBMISSION

async def main(folder, url, user, password, mask, images, whats):
    outbox = Outbox(Path(folder))
    async with AsyncDicomWeb(url, login=(user, password), attempts=1) as web:
        print("ready", flush=True)
        for line in Path(whats).read_text().splitlines():
            outbox.keep(SUBMISSION.validate_json(line), Path(mask), Path(images))
            print("kept", flush=True)
            await Delivery(outbox, web).once(lambda: datetime.now(timezone.utc))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_one_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    orthanc: Orthanc, outbox: Outbox, image: Image, tmp_path: Path
) -> None:
    import nibabel as nib

    nib.nifti1.save(image.box().to_nifti(), tmp_path / "mask.nii.gz")
    chance, kept, killed = random.Random(7), [], 0
    for _ in range(4):
        whats = [image.by() for _ in range(40)]
        (tmp_path / "whats").write_bytes(b"\n".join(map(SUBMISSION.dump_json, whats)))
        names = map(str, (tmp_path / "mask.nii.gz", image.folder, tmp_path / "whats"))
        command = [
            sys.executable,
            "-c",
            _SUBMITS_AND_SENDS,
            str(outbox.folder),
            orthanc.url,
            *orthanc.login,
            *names,
        ]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        await process.stdout.readline()
        await asyncio.sleep(chance.uniform(0, 0.5))
        process.kill()
        told = 1 + (await process.stdout.read()).count(b"kept")
        killed += await process.wait() == -signal.SIGKILL
        kept += [each.uid for each in whats[:told]]
    async with AsyncDicomWeb(orthanc.url, login=orthanc.login) as web:
        await Delivery(outbox, web).once(clock()[0])
        found = await versions(web, image.uid)
    assert killed == 4
    assert outbox.kept() == []
    assert set(kept) <= {each.uid for each in found}
    assert len(found) <= len(kept) + 4  # each time one may have been kept and nobody told
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    assert orthanc.instances() == 4 + len(found)
