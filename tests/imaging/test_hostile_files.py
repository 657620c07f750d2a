"""Files that chance or malice has made are named, and do no harm: read, unpacked, sent or not."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian

from maia_hub.core.errors import InvalidInput, Unavailable
from maia_hub.imaging import DicomWeb, gathering
from maia_hub.imaging.gathering import Found, Gathering
from maia_hub.imaging.headers import Unfit, identify
from maia_hub.imaging.records import Refused
from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import Orthanc


def _refused(what: Path) -> list[Refused]:
    with Gathering(what) as gathered:
        return [each for each in gathered if isinstance(each, Refused)]


def _whole(folder: Path) -> Path:
    (path,) = series.write(folder, slices=1)
    return path


def test_a_file_that_is_cut_anywhere_is_named(tmp_path: Path) -> None:
    path = _whole(tmp_path)
    data = path.read_bytes()
    chance = random.Random(20261125)
    pixels = len(data) - 2 * 32 * 32
    anywhere = (chance.randrange(pixels, len(data)) for _ in range(60))
    for length in {0, 131, 132, 140, 301, pixels, len(data) - 1, *anywhere}:
        path.write_bytes(data[:length])
        with pytest.raises(Unfit):
            identify(path)


@pytest.mark.parametrize("name", ["JPEG2000.dcm", "MR_small_RLE.dcm", "test-SR.dcm", "rtplan.dcm"])
def test_a_compressed_or_nested_file_that_is_cut_is_named(name: str, tmp_path: Path) -> None:
    data = Path(str(get_testdata_file(name))).read_bytes()
    path = tmp_path / "cut.dcm"
    path.write_bytes(data)
    identify(path)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(Unfit):
        identify(path)


def test_bytes_that_chance_has_changed_break_nothing(tmp_path: Path) -> None:
    path = _whole(tmp_path)
    data = path.read_bytes()
    chance = random.Random(20261126)
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(8):
            broken[chance.randrange(1500)] = chance.randrange(256)
        path.write_bytes(broken)
        with contextlib.suppress(Unfit):
            identify(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"hello" * 100, "not a DICOM file"),
        (b"PK\x03\x04" + bytes(200), "archive inside"),
        (b"\x30\x82" + os.urandom(300), "may be an encrypted one"),
        (bytes(128) + b"DICM", "transfer syntax"),
        (bytes(128) + b"DICM" + b"x" * 400, "is|cannot|has|does"),
    ],
)
def test_what_is_not_dicom_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(content)
    with pytest.raises(Unfit, match=reason):
        identify(path)


def test_a_renamed_image_is_an_image_and_a_dicomdir_is_not(tmp_path: Path) -> None:
    path = _whole(tmp_path)
    assert identify(path.rename(tmp_path / "holiday.jpg")).uid
    with pytest.raises(Unfit, match="DICOMDIR"):
        identify(Path(str(get_testdata_file("DICOMDIR"))))


@pytest.mark.parametrize(
    "charset", ["ISO 2022 IR 87", "nonsense", "\\\\", "ISO_IR 192\\ISO_IR 100", "ISO_IR 13"]
)
def test_tricks_with_character_sets_do_not_matter(charset: str, tmp_path: Path, web: DicomWeb) -> None:
    path = _whole(tmp_path)
    data = path.read_bytes()
    old = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192"
    new = charset.encode() + b" " * (len(charset) % 2)
    assert old in data
    path.write_bytes(data.replace(old, b"\x08\x00\x05\x00CS" + len(new).to_bytes(2, "little") + new))
    assert identify(path).uid
    sent = web.send(path)
    assert len(sent.accepted) + len(sent.refused) == 1
    assert len(web.studies()) == len(sent.accepted)


def test_a_deflated_bomb_costs_no_memory(tmp_path: Path) -> None:
    path = _whole(tmp_path)
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    data = path.read_bytes()
    begin = data.index(b"1.2.840.10008.1.2.1.99") + 22
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(b"\x08\x00\x08\x00CS\x00\x00" + bytes(200 << 20)) + packer.flush()
    path.write_bytes(data[:begin] + bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unfit):
        identify(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10


def test_names_that_lead_out_of_an_archive_are_refused(tmp_path: Path) -> None:
    path = _whole(tmp_path / "ct")
    names = ["../evil.dcm", "/etc/evil.dcm", "a/../../evil.dcm", "..\\evil.dcm", "C:\\evil.dcm", "fine.dcm"]
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, path.read_bytes())
    before = set(tmp_path.rglob("*"))
    refused = _refused(tmp_path / "bad.zip")
    assert [each.path.removeprefix("bad.zip/") for each in refused] == names[:-1]
    assert {each.reason for each in refused} == {"has a name that leads out of the archive"}
    assert set(tmp_path.rglob("*")) == before


def test_links_and_broken_files_in_an_archive_are_named(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.dcm")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("broken.dcm", b"x" * 1000)
    data = (tmp_path / "bad.zip").read_bytes()
    (tmp_path / "bad.zip").write_bytes(data.replace(b"x" * 1000, b"x" * 999 + b"y"))
    link_, broken = _refused(tmp_path / "bad.zip")
    assert link_.reason == "is a link, not a file"
    assert "cannot be unpacked" in broken.reason


def test_an_archive_that_needs_a_password_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as archive:
        archive.writestr("image.dcm", b"x")
    data = bytearray((tmp_path / "locked.zip").read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    assert [each.reason for each in _refused(tmp_path / "locked.zip")] == [
        "is encrypted; unpack the archive with its password first"
    ]


def test_zip_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "SUSPICIOUS", (1 << 20, 200))
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.dcm", bytes(20 << 20))
    with pytest.raises(InvalidInput, match="as a zip bomb is"):
        Gathering(bomb)
    monkeypatch.setattr(gathering, "UNPACKED", 1 << 20)
    with pytest.raises(InvalidInput, match="too large when it is unpacked"):
        Gathering(bomb)
    monkeypatch.setattr(gathering, "MEMBERS", 0)
    with pytest.raises(InvalidInput, match="too large"):
        Gathering(bomb)


def test_an_archive_whose_files_overlap_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "overlapping.zip"
    with zipfile.ZipFile(bomb, "w") as archive:
        archive.writestr("one.dcm", os.urandom(5000))
        archive.filelist += archive.filelist * 3
    with pytest.raises(InvalidInput, match=r"overlap|not a whole zip"):
        list(Gathering(bomb))


def test_a_broken_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + os.urandom(500))
    with pytest.raises(InvalidInput, match="not a whole zip archive"):
        Gathering(tmp_path / "broken.zip")


def test_pipes_links_and_hidden_files_in_a_folder_do_not_stop_it(tmp_path: Path) -> None:
    path = _whole(tmp_path / "ct")
    os.mkfifo(tmp_path / "ct" / "pipe")
    (tmp_path / "ct" / "lost").symlink_to("/nowhere")
    (tmp_path / "ct" / "loop").symlink_to(tmp_path / "ct")
    (tmp_path / "ct" / ".hidden").write_text("x")
    with Gathering(tmp_path / "ct") as gathered:
        found = list(gathered)
    assert [each.path for each in found if isinstance(each, Found)] == [path]
    assert sorted(each.path for each in found if isinstance(each, Refused)) == ["lost", "pipe"]


def test_a_full_server_is_said_and_what_it_took_stays(tmp_path: Path) -> None:
    series.write(tmp_path, slices=40, size=256)
    with (
        servers.running(settings={"MaximumStorageSize": 1}) as full,
        DicomWeb(full.url, login=full.login) as web,
    ):
        with pytest.raises(Unavailable, match="disk or quota is full, or cannot be written") as told:
            web.send(tmp_path)
        stored, accepted = full.instances(), told.value.details["accepted"]
        assert stored > 0
        assert accepted in range(stored + 1)


_HUGE = """
import resource, sys
from pathlib import Path
from maia_hub.imaging import DicomWeb
with DicomWeb(sys.argv[1], login=(sys.argv[2], sys.argv[3]), timeout=300, attempts=1) as web:
    web.studies()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = web.send(sys.argv[4])
    assert len(sent.accepted) == 1, sent
    fetched = web.fetch(web.studies()[0], into=sys.argv[5])
    assert [path.stat().st_size for path in fetched.files] == [Path(sys.argv[4]).stat().st_size]
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@pytest.mark.parametrize("megabytes", [200, pytest.param(2047, marks=pytest.mark.soak)])
def test_an_object_of_hundreds_of_megabytes_passes_through_little_memory(
    orthanc: Orthanc, tmp_path: Path, megabytes: int
) -> None:
    path = huge(tmp_path, megabytes)
    arguments = [orthanc.url, *orthanc.login, str(path), str(tmp_path / "into")]
    done = subprocess.run(
        [sys.executable, "-c", _HUGE, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 32


def huge(folder: Path, megabytes: int) -> Path:
    """Write one sparse object of so many frames of a megabyte."""
    path = _whole(folder / "huge")
    dataset = dcmread(path)
    dataset.Rows = dataset.Columns = 512
    dataset.NumberOfFrames = 2 * megabytes
    dataset.PixelData = b""
    dataset.save_as(path, enforce_file_format=True)
    length = megabytes << 20
    with path.open("r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(length.to_bytes(4, "little"))
        file.truncate(file.tell() + length)
    return path
