"""Files from a person's own machine: streamed into the spool one by one, then sent together.

A file's name may be a patient's, so it travels in a header, which nobody logs, and not in the address.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from jupyter_server.auth.decorator import authorized
from tornado import web

from maia_lab.imaging.handlersbase import ImagesHandler

NAME = "X-Maia-Name"
_MOST = 1 << 40
"""Bytes of one file; the disk ends before."""


class UploadsHandler(ImagesHandler):
    """POST maia/images/uploads: files are to come."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer with the upload's id."""
        self.answer({"id": self.desk.spool.begin().id}, 201)


class UploadHandler(ImagesHandler):
    """POST and DELETE maia/images/uploads/ID: all files are here, send them; forget them."""

    @web.authenticated
    @authorized
    async def post(self, number: str) -> None:
        """Answer with the task that sends them."""
        desk = self.desk
        upload = desk.spool.get(number)
        self.answer(self.errands.send_upload(desk, str(self.body().get("tab", "")), upload).view(), 202)

    @web.authenticated
    @authorized
    async def delete(self, number: str) -> None:
        """Forget them."""
        self.desk.spool.end(number)
        self.set_status(204)
        self.finish()


@web.stream_request_body
class FileHandler(ImagesHandler):
    """PUT maia/images/uploads/ID/file: one file, as long as it may be; memory stays flat."""

    _file: BinaryIO | None = None
    _part: Path | None = None

    async def prepare(self) -> None:  # type: ignore[override] # as Jupyter's own APIHandler has it
        """Find out who sends, before a byte is taken."""
        await super().prepare()
        if not self.current_user:
            raise web.HTTPError(403)
        connection: Any = self.request.connection
        connection.set_max_body_size(_MOST)
        upload = self.desk.spool.get(self.path_args[0])
        self._whole = upload.place(unquote(self.request.headers.get(NAME, "")))
        self._part = self._whole.with_name(f".{self._whole.name}.part")
        self._file = self._part.open("xb")

    def data_received(self, chunk: bytes) -> None:
        """Write a piece."""
        if self._file:
            self._file.write(chunk)

    @web.authenticated
    @authorized
    async def put(self, number: str) -> None:
        """Answer that it is whole."""
        assert self._file is not None
        assert self._part is not None
        self._file.close()
        self._part.rename(self._whole)
        self.set_status(204)
        self.finish()

    def on_finish(self) -> None:
        """Leave nothing half."""
        self._drop()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Leave nothing half."""
        self._drop()
        super().on_connection_close()

    def _drop(self) -> None:
        if self._file:
            self._file.close()
        if self._part:
            self._part.unlink(missing_ok=True)
