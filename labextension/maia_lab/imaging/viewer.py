"""A view of a volume in a notebook: NiiVue where the browser has WebGL, a slider through its slices where not."""

from __future__ import annotations

from typing import Any, Literal

import anywidget
import nibabel as nib
import numpy as np
from ipywidgets.widgets.widget_box import HBox, VBox
from ipywidgets.widgets.widget_int import IntSlider
from ipywidgets.widgets.widget_media import Image
from ipywidgets.widgets.widget_selection import Dropdown
from traitlets import Unicode

from maia_lab.imaging.slices import PLANES, Slices, image_of, plain

By = Literal["auto", "niivue", "slices"]
_MASK_COLOURS = "actc"


class _Probe(anywidget.AnyWidget):
    """Asks the browser that shows it whether it has WebGL."""

    _esm = """
    function render({ model }) {
      const found = document.createElement('canvas').getContext('webgl2') !== null;
      model.set('webgl', found ? 'yes' : 'no');
      model.save_changes();
    }
    export default { render };
    """
    webgl = Unicode("").tag(sync=True)


class Viewer(VBox):
    """What `images.show` returns; ``by`` becomes what it is shown by once a browser has told."""

    def __init__(self, volume: Any, mask: Any = None, *, height: int = 400, by: By = "auto") -> None:
        self.image = image_of(volume)
        self.mask = None if mask is None else image_of(mask, self.image)
        self.height = height
        self.by = by
        super().__init__()  # type: ignore[no-untyped-call]
        if by == "auto":
            probe = _Probe()
            probe.observe(lambda told: self._shown("niivue" if told["new"] == "yes" else "slices"), "webgl")
            self.children = [probe]
        else:
            self._shown(by)

    def _shown(self, by: By) -> None:
        self.by = by
        self.children = [self._niivue() if by == "niivue" else self._slider()]

    def _niivue(self) -> Any:
        from ipyniivue.widget import NiiVue, Volume  # noqa: PLC0415

        view = NiiVue(height=self.height, is_radiological_convention=True)
        volumes = [
            Volume(data=_bytes(self.image), name="volume.nii", colormap="gray", colorbar_visible=False)
        ]
        if self.mask is not None:
            most = float(np.max(self.mask.dataobj))
            volumes.append(
                Volume(
                    data=_bytes(self.mask),
                    name="mask.nii",
                    colormap=_MASK_COLOURS,
                    colorbar_visible=False,
                    opacity=0.5,
                    cal_min=0.5,
                    cal_max=max(most, 1.0),
                )
            )
        view.load_volumes(volumes)
        return view

    def _slider(self) -> Any:
        slices = Slices.of(self.image, self.mask)
        middle = slices.middle()
        plane = Dropdown(options=list(PLANES), description="Plane")
        index = IntSlider(description="Slice", max=slices.count("axial") - 1, value=middle["axial"])
        picture = Image(format="png", height=self.height)
        picture.layout.object_fit = "contain"

        def draw(_: object = None) -> None:
            picture.value = slices.picture({plane.value: index.value}, inches=self.height / 80)

        def turn(told: dict[str, Any]) -> None:
            index.max, index.value = slices.count(told["new"]) - 1, middle[told["new"]]
            draw()

        plane.observe(turn, "value")
        index.observe(draw, "value")
        draw()
        return VBox([HBox([plane, index]), picture])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Show it, and keep a picture for those who read the notebook later."""
        told: Any = super()._repr_mimebundle_(**options)  # type: ignore[no-untyped-call]
        if told is None:
            return None
        slices = Slices.of(self.image, self.mask)
        data, *rest = told if isinstance(told, tuple) else (told,)
        kept = {**data, "image/png": slices.picture(slices.middle(), inches=3)}
        return (kept, *rest) if rest else kept


def _bytes(image: Any) -> bytes:
    """Return an image as the bytes of a NIfTI file."""
    made = nib.nifti1.Nifti1Image(plain(np.asanyarray(image.dataobj)), image.affine)
    return bytes(made.to_bytes())
