"""TensorBoard: what a training has written into a folder.

Here the folder is the project's own on this machine. Kernels under another Unix account than the platform's cannot
write there, and use MLflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from maia_hub.tools import guards
from maia_hub.tools.launch import Launch, Local, Place, PythonPackage
from maia_hub.tools.model import Health, Kind, Page

VERSION = "2.21.0"
_GUARD = Path(guards.__file__).with_name("guarded_tensorboard.py")


def _launch(place: Place) -> Launch:
    logs = place.data / "logs"
    logs.mkdir(exist_ok=True)
    options = {
        "--logdir": str(logs),
        "--host": "127.0.0.1",
        "--port": str(place.ports["http"]),
        "--path_prefix": place.prefix,
        "--reload_interval": "5",
    }
    python = str(place.installed / "bin" / "python")
    return Launch(
        command=[python, str(_GUARD), *(f"{name}={value}" for name, value in options.items())],
        environment={"MAIA_GUARD": place.secret},
    )


def _further(place: Place) -> Mapping[str, str]:
    return {"logs": str(place.data / "logs")}


KIND = Kind(
    name="tensorboard",
    title="TensorBoard",
    page=Page.SANDBOXED,
    health=Health("/data/environment"),
    signs_in={"Authorization": "Bearer {secret}"},
    assets=("index.js", "chart_worker.js", "icon_bundle.svg", "font-roboto/"),
    environment={"MAIA_TENSORBOARD_LOGS": "{extra[logs]}"},
    local=Local(
        version=VERSION,
        package=PythonPackage("tensorboard"),
        launch=_launch,
        path="{prefix}",
        further=_further,
    ),
)
