"""A label that was submitted is on the disk, whole and for its owner alone, before anything is said of it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.imaging import Mask, read_series
from maia_hub.imaging.masks import read_mask
from maia_hub.monailabel.labels.outbox import Outbox
from tests.dicom import series
from tests.monailabel.labels.drawing import NOON, Image

_SMALL = 'mount -t tmpfs -o size=64k none "$0" && exec "$@"'


@pytest.fixture
def image(tmp_path: Path) -> Image:
    series.write(tmp_path / "ct")
    return Image(read_series(tmp_path / "ct"), tmp_path / "ct")


def test_only_its_owner_can_read_it(outbox: Outbox, image: Image) -> None:
    kept = outbox.keep(image.by(), image.box())
    assert {path.stat().st_mode & 0o777 for path in kept.folder.iterdir()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (outbox.folder, kept.folder)} == {0o700}


def test_it_is_kept_with_all_that_is_said_of_it(outbox: Outbox, image: Image, tmp_path: Path) -> None:
    nib.nifti1.save(image.box().to_nifti(), tmp_path / "drawn.nii.gz")
    nib.nifti1.save(image.box(9).to_nifti(), tmp_path / "drawn.nii")
    whats = [image.by(), image.by(), image.by()]
    outbox.keep(whats[0], tmp_path / "drawn.nii.gz", image.folder)
    outbox.keep(whats[1], tmp_path / "drawn.nii")
    outbox.keep(whats[2], image.box(3))
    (first, second, third) = Outbox(outbox.folder).kept()
    assert [each.what for each in (first, second, third)] == whats
    assert first.mask.read_bytes() == (tmp_path / "drawn.nii.gz").read_bytes()
    for kept, at in ((first, 5), (second, 9), (third, 3)):
        back = read_mask(kept.mask)
        assert (back.array == image.box(at).array).all()
        assert np.allclose(back.affine, image.volume.affine)
    assert (first.images, second.images) == (str(image.folder), "")


def test_many_who_submit_at_once_are_kept_in_an_order(outbox: Outbox, image: Image) -> None:
    whats = [image.by() for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda what: Outbox(outbox.folder).keep(what, image.box()), whats))
    names = [each.folder.name.split("-")[0] for each in outbox.kept()]
    assert names == [f"{n:08}" for n in range(1, 13)]
    assert {each.what.uid for each in outbox.kept()} == {each.uid for each in whats}


@pytest.mark.parametrize(
    ("value", "words"), [(0, "nothing is marked"), (2, "holds 2, which no name"), (0.5, "not 0.5 as at")]
)
def test_what_is_no_label_is_refused_at_once(outbox: Outbox, image: Image, value: float, words: str) -> None:
    array = np.zeros(image.volume.shape, np.float32)
    array[3, 3, 1] = value
    with pytest.raises(InvalidInput, match=words):
        outbox.keep(image.by(), Mask(array, image.volume.affine))
    assert outbox.kept() == []


def test_a_file_that_is_cut_short_is_refused(outbox: Outbox, image: Image, tmp_path: Path) -> None:
    nib.nifti1.save(image.box().to_nifti(), tmp_path / "whole.nii.gz")
    whole = (tmp_path / "whole.nii.gz").read_bytes()
    for end in (0, 10, len(whole) // 2, len(whole) - 9):
        (tmp_path / "cut.nii.gz").write_bytes(whole[:end])
        with pytest.raises(InvalidInput):
            outbox.keep(image.by(), tmp_path / "cut.nii.gz")
    assert outbox.kept() == []


def test_each_failure_waits_longer_and_none_over_five_minutes(outbox: Outbox, image: Image) -> None:
    kept = outbox.keep(image.by(), image.box())
    waits, now = [], NOON
    for _ in range(20):
        kept = outbox.failed(kept, "It is away.", now)
        (seen,) = outbox.kept()
        assert seen.fate == kept.fate
        waits.append(next(s for s in range(1, 400) if kept.due(now + timedelta(seconds=s))))
        now += timedelta(seconds=waits[-1])
    assert waits[:8] == [2, 4, 8, 16, 32, 64, 128, 256]
    assert set(waits[8:]) == {300}
    assert outbox.again(kept.what.uid).due(now)


def test_one_that_is_given_up_is_gone(outbox: Outbox, image: Image) -> None:
    kept = outbox.keep(image.by(), image.box())
    outbox.remove(kept)
    outbox.remove(kept)
    assert outbox.kept() == []
    with pytest.raises(NotFound):
        outbox.one(kept.what.uid)


def test_torn_notes_and_broken_entries_harm_no_other(outbox: Outbox, image: Image) -> None:
    first, second = (outbox.keep(image.by(), image.box()) for _ in range(2))
    (first.folder / "submission.json").write_bytes(b'{"submission": {"uid"')
    (second.folder / "state.json").write_bytes(b'{"tries": 3, "wh')
    (left,) = outbox.kept()
    assert (left.what, left.fate.tries) == (second.what, 0)


_FILLS = """
import sys
from pathlib import Path
from maia_hub.core.errors import Unavailable
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.labels.submissions import SUBMISSION

what, mask = SUBMISSION.validate_json(Path(sys.argv[2]).read_bytes()), Path(sys.argv[3])
outbox, done = Outbox(Path(sys.argv[1])), 0
try:
    while True:
        outbox.keep(what, mask)
        done += 1
except Unavailable as error:
    whole = [each for each in outbox.kept() if each.mask.read_bytes() == mask.read_bytes()]
    print(done, len(whole), len(list(outbox.folder.glob(".part-*"))), error.message)
"""


def test_a_disk_that_fills_up_keeps_what_it_took_and_nothing_half(image: Image, tmp_path: Path) -> None:
    from maia_hub.monailabel.labels.submissions import SUBMISSION

    noise = np.random.default_rng(1).integers(0, 2, (32, 32, 40)).astype(np.uint8)
    nib.nifti1.save(nib.nifti1.Nifti1Image(noise, np.eye(4)), tmp_path / "mask.nii.gz")
    (tmp_path / "what.json").write_bytes(SUBMISSION.dump_json(image.by()))
    (tmp_path / "full").mkdir()
    mounted = ["unshare", "--map-root-user", "--mount", "sh", "-c", _SMALL, str(tmp_path / "full")]
    names = [str(tmp_path / name) for name in ("full", "what.json", "mask.nii.gz")]
    done = subprocess.run(
        [*mounted, sys.executable, "-c", _FILLS, *names], capture_output=True, text=True, check=True
    )
    kept, whole, parts, words = done.stdout.split(maxsplit=3)
    assert 0 < int(kept) == int(whole)
    assert parts == "0"
    assert words.startswith("The label cannot be kept: No space left on device")
