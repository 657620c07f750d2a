"""``python -m maia_served.serve FOLDER``: serves what ``wish.json`` of a folder asks for, and leaves word there.

``ready.json`` says the port and the device when the app has been made, ``refused.json`` why it could not be.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from . import guests
from .guarded import Guarded, Viewer
from .handing import Handing, nifti
from .learning import labels_by_image, let_compare, published
from .refusal import keep, told

_REFUSED = 3
_LONGEST_GOODBYE = 5  # seconds that open requests have to end


def main() -> int:
    """Make the app, say so, and serve until asked to end."""
    folder = Path(sys.argv[1])
    wish = json.loads((folder / "wish.json").read_text(encoding="utf-8"))
    listening = _listening(wish["port"])
    port = listening.getsockname()[1]
    try:
        config, made = _made(wish, port)
        let_compare(folder / "learning" / "versions")
        labels_by_image()
    except (Exception, SystemExit) as e:
        keep(told(e, Path(wish["app"])), folder / "refused.json")
        return _REFUSED
    listening.listen()  # whoever comes from here on waits for the answer
    keep({"port": port, **made}, folder / "ready.json")
    _serve(wish, listening, config, folder / "handed")
    return 0


def _listening(port: int) -> socket.socket:
    """Hold the port of the last time, or any other if that has been taken."""
    for wanted in (port, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", wanted))
            return listening
        except OSError:
            listening.close()
    raise OSError("there is no free port")


def _made(wish: dict[str, Any], port: int) -> tuple[Any, dict[str, object]]:
    """Make the app, as MONAI Label's command does; return what uvicorn logs, and what is to be known of the app."""
    import torch  # type: ignore[import-not-found]  # noqa: PLC0415
    from monailabel.main import Main  # type: ignore[import-not-found]  # noqa: PLC0415

    device = "cuda" if torch.cuda.is_available() else "cpu"
    if wish["device"] == "cuda" and device == "cpu":
        raise RuntimeError("PyTorch finds no GPU here")
    command = Main()
    arguments = command.args_parser().parse_args(_words(wish, port))
    command.start_server_validate_args(arguments)
    command.start_server_init_settings(arguments)
    from monailabel.interfaces.utils.app import app_instance  # type: ignore[import-not-found]  # noqa: PLC0415
    from monailabel.utils.others.generic import (  # type: ignore[import-not-found]  # noqa: PLC0415
        init_log_config,
    )

    app = app_instance()
    _list_labels(app)
    log = init_log_config(None, arguments.app, "app.log", "INFO")
    return log, {"device": device, "untrained": _untrained(app), "published": published(app)}


def _words(wish: dict[str, Any], port: int) -> list[str]:
    words = ["start_server", "--app", wish["app"], "--studies", wish["images"]]
    words += ["--host", "127.0.0.1", "--port", str(port)]
    for name, value in wish["settings"].items():
        words += ["--conf", name, value]
    return words


def _untrained(app: Any) -> list[str]:
    """Return the models that have no weights yet: they answer, and know nothing."""
    found = []
    for name, task in app._infers.items():
        if getattr(task, "path", None) and hasattr(task, "get_path") and not task.get_path():
            found.append(name)
    return found


def _list_labels(app: Any) -> None:
    """Have an app tell its labels as a list, whatever it was written with: OHIF's panel breaks on anything else."""
    labels = getattr(app, "labels", None)
    if isinstance(labels, dict):
        app.labels = list(labels)


def _serve(wish: dict[str, Any], listening: socket.socket, log: Any, handed: Path) -> None:
    import uvicorn  # noqa: PLC0415
    from monailabel.datastore.dicom import DICOMWebDatastore  # type: ignore[import-not-found]  # noqa: PLC0415
    from monailabel.interfaces.utils.app import app_instance  # noqa: PLC0415
    from monailabel.utils.async_tasks import task, utils  # type: ignore[import-not-found]  # noqa: PLC0415

    from .training import let_save  # noqa: PLC0415

    let_save(utils, task)
    handing = Handing(handed, wish["images"], nifti)
    handing.take_over(DICOMWebDatastore)
    ours = handing.application(app_instance, DICOMWebDatastore)
    guarded = Guarded(wish["secret"], Viewer([Path(each) for each in wish["viewer"]]), _application, ours)
    config = uvicorn.Config(
        guarded, log_config=log, access_log=False, timeout_graceful_shutdown=_LONGEST_GOODBYE, lifespan="on"
    )
    uvicorn.Server(config).run(sockets=[listening])
    for method in ("train", "batch_infer", "scoring", "infer"):
        task.stop_background_task(method)


def _application() -> Any:
    from monailabel.app import app  # type: ignore[import-not-found]  # noqa: PLC0415

    if guests.GUEST.get():  # should it be another MONAI Label than is known, its owner uses it all the same
        guests.watch()
    return app


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # the app's threads, which wait for work for ever, are not waited for
