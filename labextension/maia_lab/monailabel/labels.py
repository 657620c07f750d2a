"""Labels that people submit to the MONAI Labels beside this Jupyter server: kept first, then sent to the image server.

What sends them is woken by a submission and by the start of the server, and looks for nothing by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from maia_hub.core.errors import MaiaError
from maia_hub.monailabel.state import folders

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from maia_hub.imaging import AsyncDicomWeb
    from maia_hub.monailabel.labels.delivery import Delivered, Delivery
    from maia_hub.monailabel.labels.outbox import Kept, Outbox
    from maia_hub.monailabel.labels.places import Images, Place
    from maia_hub.monailabel.labels.proposals import Sent, Versioned
    from maia_hub.monailabel.labels.versions import Version

LABELS = "maia_monailabel_labels"

Arrived = Callable[[str, "Delivered"], Awaitable[None]]
"""Is told of each label that an image server has, with the name of the MONAI Label that it comes from."""
Connect = Callable[["Images"], "AsyncDicomWeb"]


def connect(images: Images) -> AsyncDicomWeb:
    """Return a client of an image server; it gives up at once, for what sends tries again."""
    from maia_hub.imaging import AsyncDicomWeb  # noqa: PLC0415
    from maia_hub.monailabel.labels.places import FileToken  # noqa: PLC0415

    return AsyncDicomWeb(images.address, login=FileToken(images.token) if images.token else None, attempts=1)


class Labels:
    """The labels of all MONAI Labels of this Jupyter server, on their way.

    ``arrived`` are told of each that an image server has, until none of them fails: more than once, maybe.
    """

    def __init__(self, log: logging.Logger, connection: Connect = connect) -> None:
        self._log = log
        self._connect = connection
        self._sending: dict[str, tuple[Delivery, asyncio.Task[None]]] = {}
        self.arrived: list[Arrived] = []

    def outbox(self, name: str) -> Outbox:
        """Return where the labels of a MONAI Label wait.

        Raises:
            NotFound: there is none of that name, or its images are a folder.
        """
        return _place(name).outbox

    async def start(self) -> None:
        """Take what was handed over and not taken when the last server ended, and go on sending."""
        if not folders():
            return
        for place in await asyncio.to_thread(_left):
            self._wake(place)

    async def keep(self, name: str, uid: str) -> Kept:
        """Keep a label that a MONAI Label hands over; it is on the disk when this returns, and on its way.

        Raises:
            MaiaError: it cannot be kept, or is not fit to be sent; says why, and nothing of it is left.
        """
        place = await asyncio.to_thread(_place, name)
        try:
            return await asyncio.to_thread(place.handed.keep, uid, place.outbox)
        except MaiaError:
            await asyncio.to_thread(place.handed.let_go, uid)
            raise

    async def send(self, name: str, uid: str) -> None:
        """Send a label that is kept; it is forgotten where it was handed over."""
        place = await asyncio.to_thread(_place, name)
        await asyncio.to_thread(place.handed.let_go, uid)
        self._wake(place)

    async def propose(self, name: str, version: Versioned) -> Sent:
        """Send what the models of a MONAI Label have proposed, signed by them; each is sent once.

        Raises:
            NotFound: there is none of that name, or its images are a folder.
            Unavailable: it does not run, or does not answer.
        """
        place = await asyncio.to_thread(_place, name)
        sent = await asyncio.to_thread(_proposed, place, version)
        self._wake(place)
        return sent

    async def again(self, name: str, uid: str) -> Kept:
        """Have one that waits, or was refused, tried now.

        Raises:
            NotFound: it does not wait.
        """
        place = await asyncio.to_thread(_place, name)
        kept = await asyncio.to_thread(place.outbox.again, uid)
        self._wake(place)
        return kept

    async def versions(self, name: str, series: str) -> list[Version]:
        """Return the versions that the image server has of a series' labels.

        Raises:
            MaiaError: there is no such series, or the server does not answer.
        """
        from maia_hub.monailabel.labels.versions import versions  # noqa: PLC0415

        async with self._connect((await asyncio.to_thread(_place, name)).images) as web:
            return await versions(web, series)

    async def stop(self) -> None:
        """Send no more; what waits is kept."""
        tasks = [task for _, task in self._sending.values()]
        self._sending.clear()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def _wake(self, place: Place) -> None:
        """Have what waits there sent, by the one that does so already, if it does."""
        from maia_hub.monailabel.labels.delivery import Delivery  # noqa: PLC0415

        key = str(place.outbox.folder)
        sending = self._sending.get(key)
        if sending is not None and not sending[1].done():
            sending[0].wake()
            return
        web = self._connect(place.images)

        async def told(delivered: Delivered) -> None:
            for each in self.arrived:
                await each(place.name, delivered)

        async def run() -> None:
            async with web:
                await delivery.run(idle=None)

        delivery = Delivery(place.outbox, web, told)
        self._sending[key] = (delivery, asyncio.create_task(run()))


def look_after(app: ServerApp) -> Labels:
    """Send what waits, from the moment at which the server runs; return what does."""
    labels = Labels(app.log)
    app.web_app.settings[LABELS] = labels
    app.io_loop.add_callback(labels.start)
    return labels


def _place(name: str) -> Place:
    from maia_hub.monailabel.labels.places import place  # noqa: PLC0415

    return place(name)


def _proposed(place: Place, version: Versioned) -> Sent:
    from maia_hub.monailabel import server  # noqa: PLC0415
    from maia_hub.monailabel.labels import proposals  # noqa: PLC0415

    with server.reached(place.name).client() as client:
        return proposals.send(client, place.outbox, version)


def _left() -> list[Place]:
    """Return where labels wait, with those that were handed over and not taken."""
    from maia_hub.monailabel.labels.places import handed, place, places  # noqa: PLC0415

    for folder in folders():
        if handed(folder.name).uids():
            with suppress(MaiaError):
                place(folder.name)
    found = places()
    for each in found:
        each.handed.sweep(each.outbox, each.images.address)
    return [each for each in found if each.outbox.kept()]
