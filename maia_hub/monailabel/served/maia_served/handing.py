"""Labels that people submit are written down for the workspace, which signs and sends them; MONAI Label sends none.

A label has a folder of its own, named by the UID that its object will have, which is there with all that is in it or
not at all. What takes it from there records it here, too (`Handing.recorded`), once it is kept.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

FINAL = "final"
OURS = "/maia/"
"""Below this are the answers to the workspace."""
_PERSON, _SUBMITS = b"x-maia-person", ("PUT", "/datastore/label")
_MASK, _SAID = "mask.nii.gz", "said.json"
_GZIP = b"\x1f\x8b"
_SERIES = re.compile(r"[0-9.]{1,64}")
_UID = re.compile(r"2\.25\.[0-9]{1,39}")
_PREDICTED = "A prediction is a final label when a person submits it; ask for it with another label_tag."
_AGAIN = "It is still where it was drawn: {}, and submit it again."
_person: ContextVar[str | None] = ContextVar("person", default=None)

Convert = Callable[[str, Callable[[], str]], Path]
"""Makes a label that was submitted a NIfTI file; is given its file and what gets the image's."""


def asks(scope: Mapping[str, Any]) -> None:
    """Note who submits a label, as the door says, if that is what is asked."""
    said = [value for name, value in scope["headers"] if name == _PERSON]
    person = unquote(said[0].decode("latin-1")) if len(said) == 1 else ""
    _person.set(person if (scope["method"], scope["path"]) == _SUBMITS else None)


class Handing:
    """The folder in which labels of the images at an address wait to be taken."""

    def __init__(self, folder: Path, images: str, convert: Convert) -> None:
        self._folder = folder
        self._images = images
        self._convert = convert

    def take_over(self, store: Any) -> None:
        """Have a class of MONAI Label's stores hand final labels over, if a person submits them, and send none."""
        own = store.save_label

        def save_label(kept: Any, image: str, file: str, tag: str, info: dict[str, Any], *rest: Any) -> str:
            if tag != FINAL:
                return str(own(kept, image, file, tag, info, *rest))
            person = _person.get()
            if person is None:
                raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, _PREDICTED)
            try:
                uid = self._hand(kept, image, file, {"person": person, "info": info or {}})
            finally:
                Path(file).unlink(missing_ok=True)  # what MONAI Label does only after an answer of its own
            raise HTTPException(HTTPStatus.ACCEPTED, {"handed": uid})  # type: ignore[arg-type]

        store.save_label = save_label

    def recorded(self, uid: str, app: Any, store: Any) -> dict[str, Any]:
        """Have MONAI Label know a label that was handed over, as it would know one of its own; say what it says."""
        entry = self._entry(uid)
        said = json.loads((entry / _SAID).read_text(encoding="utf-8"))
        kept, image, info = app.datastore(), said["of"], {**said["info"], "person": said["person"]}
        kept.get_image_uri(image)
        usual: Any = super(store, kept)
        label = usual.save_label(image, str(entry / _MASK), FINAL, info)
        return {**(app.on_save_label(image, label) or {}), "image": image, "label": label}

    def application(self, app: Callable[[], Any], store: Any) -> Starlette:
        """Return what answers the workspace, and nobody else: POST maia/handed/UID records a label that is kept."""

        async def record(request: Request) -> JSONResponse:
            return JSONResponse(
                await run_in_threadpool(self.recorded, request.path_params["uid"], app(), store)
            )

        return Starlette(routes=[Route(f"{OURS}handed/{{uid}}", record, methods=["POST"])])

    def _entry(self, uid: str) -> Path:
        entry = self._folder / uid
        if not _UID.fullmatch(uid) or not entry.is_dir():
            raise HTTPException(HTTPStatus.NOT_FOUND, "No such label was handed over.")
        return entry

    def _hand(self, kept: Any, image: str, file: str, said: dict[str, Any]) -> str:
        if not _SERIES.fullmatch(image):
            raise HTTPException(
                HTTPStatus.UNPROCESSABLE_ENTITY, "A label is for a series of images, by its UID."
            )
        near = os.path.join(kept._datastore.image_path(), image)
        uid = f"2.25.{uuid.uuid4().int}"
        said |= {
            "of": image,
            "near": os.path.realpath(near) if os.path.isdir(near) else "",
            "images": self._images,
            "at": datetime.now(timezone.utc).isoformat(),
        }
        try:
            made = self._convert(file, lambda: str(kept.get_image_uri(image)))
            try:
                self._put(uid, made, said)
            finally:
                made.unlink(missing_ok=True)
        except OSError as e:
            words = f"The label cannot be kept: {e.strerror or e}. {_AGAIN.format('make room')}"
            raise HTTPException(HTTPStatus.INSUFFICIENT_STORAGE, words) from e
        return uid

    def _put(self, uid: str, mask: Path, said: dict[str, Any]) -> None:
        """Write it down to the disk, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._folder / f".part-{uid}"
        try:
            part.mkdir(mode=0o700)
            data = mask.read_bytes()
            _write(part / _MASK, data if data[:2] == _GZIP else gzip.compress(data, 1))
            _write(part / _SAID, json.dumps(said).encode())
            _to_disk(part)
            part.rename(self._folder / uid)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
        _to_disk(self._folder)


def send_none() -> None:
    """Have a process in which nobody submits anything send no label to the image server."""
    from monailabel.datastore.dicom import DICOMWebDatastore  # type: ignore[import-not-found]  # noqa: PLC0415

    Handing(Path(), "", nifti).take_over(DICOMWebDatastore)


def nifti(file: str, image: Callable[[], str]) -> Path:
    """Return a label as a NIfTI file; it may come as plain voxels in the image's order, or as a file that ITK reads."""
    kind = "".join(Path(file).suffixes)
    if kind in (".nii", ".nii.gz"):
        return Path(file)
    if kind == ".bin":
        from monailabel.datastore.utils.convert import binary_to_image  # type: ignore[import-not-found]  # noqa: PLC0415

        return Path(binary_to_image(image(), file))
    return _converted(file, kind)


def _converted(file: str, kind: str) -> Path:
    import SimpleITK  # type: ignore[import-not-found]  # noqa: PLC0415

    try:
        read = SimpleITK.ReadImage(file)
    except RuntimeError as e:
        raise _unread(kind) from e
    if read.GetDimension() != 3 or read.GetNumberOfComponentsPerPixel() != 1:
        raise _unread(kind)
    made = Path(file).with_name(f"{Path(file).name}.nii.gz")
    SimpleITK.WriteImage(read, str(made))
    return made


def _unread(kind: str) -> HTTPException:
    words = f"A label is a file of one volume that ITK reads, best .nii.gz; this is none ({kind[:20]})."
    return HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, words)


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _to_disk(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
