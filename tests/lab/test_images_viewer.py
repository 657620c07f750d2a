"""How a volume is shown in a notebook: by NiiVue, or slice by slice; left, right, up and down are where they belong."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from ipyniivue.widget import NiiVue
from matplotlib.image import imread

from maia_hub.core.errors import InvalidInput
from maia_lab import images
from maia_lab.imaging.slices import Slices, plain

SHAPE = (4, 6, 8)


@pytest.fixture
def image() -> Any:
    """A voxel is bright at the body's left, front and top."""
    array = np.zeros(SHAPE, np.int16)
    array[0, -1, -1] = 100  # by the affine below i runs to the right
    return nib.nifti1.Nifti1Image(array, np.diag([1.0, 2.0, 3.0, 1.0]))


def test_the_bodys_right_is_left_of_the_picture_and_front_and_head_are_up(image: Any) -> None:
    slices = Slices.of(image, None)
    assert slices.cut(slices.image, "axial", 7)[0, -1] == 100
    assert slices.cut(slices.image, "coronal", 5)[0, -1] == 100
    assert slices.cut(slices.image, "sagittal", 0)[0, -1] == 100


def test_a_turned_volume_looks_the_same(image: Any) -> None:
    turned = image.as_reoriented(nib.orientations.axcodes2ornt(("P", "I", "R")))
    assert turned.shape != image.shape
    one, other = Slices.of(image, None), Slices.of(turned, None)
    np.testing.assert_array_equal(one.cut(one.image, "coronal", 5), other.cut(other.image, "coronal", 5))


def test_slices_are_drawn_with_their_mask(image: Any) -> None:
    mask = np.zeros(SHAPE, bool)
    mask[1, 2, 3] = True
    slices = Slices.of(image, nib.nifti1.Nifti1Image(plain(mask), image.affine))
    assert slices.middle() == {"axial": 3, "coronal": 2, "sagittal": 1}
    drawn = imread(BytesIO(slices.picture(slices.middle())))
    red, _, blue = (drawn[..., colour].astype(float) for colour in range(3))
    assert np.abs(red - blue).max() > 0.2


def test_it_is_niivue_where_there_is_webgl_and_a_slider_where_not(image: Any) -> None:
    view = images.show(image, np.ones(SHAPE, np.uint8))
    (probe,) = view.children
    probe.webgl = "yes"
    (niivue,) = view.children
    assert isinstance(niivue, NiiVue)
    assert niivue.opts.is_radiological_convention, (
        "as the slider has it: the left of the picture is the right of the patient"
    )
    assert [volume.name for volume in niivue.volumes] == ["volume.nii", "mask.nii"]
    other = images.show(image)
    other.children[0].webgl = "no"
    ((controls, picture),) = [child.children for child in other.children]
    plane, index = controls.children
    assert (index.max, index.value) == (7, 4)
    before = bytes(picture.value)
    plane.value = "sagittal"
    assert (index.max, index.value) == (3, 2)
    index.value = 0
    assert bytes(picture.value)[:4] == b"\x89PNG"
    assert bytes(picture.value) != before


def test_a_saved_notebook_keeps_a_picture(image: Any) -> None:
    told = images.show(image, by="slices")._repr_mimebundle_()
    data = told[0] if isinstance(told, tuple) else told
    assert data["image/png"][:4] == b"\x89PNG"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_mask_of_another_size_is_refused(image: Any) -> None:
    with pytest.raises(InvalidInput, match="cannot be shown"):
        images.show(image, np.ones((2, 2, 2)))
