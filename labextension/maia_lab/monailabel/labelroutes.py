"""The server's routes about labels that are on their way, below ``maia/monailabel/NAME/labels``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from maia_lab.handling import JsonHandler
from maia_lab.monailabel.labels import LABELS, Labels
from maia_lab.monailabel.learning import LEARNING, Learning

if TYPE_CHECKING:
    from maia_hub.imaging.labels import Author
    from maia_hub.monailabel.labels.outbox import Kept
    from maia_hub.monailabel.labels.versions import Version


class LabelsHandler(JsonHandler):
    """GET maia/monailabel/NAME/labels: what waits, and why; with ``image`` also the versions of its labels."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Answer with both."""
        labels: Labels = self.settings[LABELS]
        waiting = await asyncio.to_thread(lambda: labels.outbox(name).kept())
        image = self.get_argument("image", "")
        found = await labels.versions(name, image) if image else []
        self.answer({"waiting": list(map(view, waiting)), "versions": list(map(_version, found))})


class ProposalsHandler(JsonHandler):
    """POST maia/monailabel/NAME/labels/proposals: send what models have proposed, signed by them."""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Answer with what is on its way, and by image with why something is not."""
        labels: Labels = self.settings[LABELS]
        learning: Learning = self.settings[LEARNING]
        sent = await labels.propose(name, await learning.versioned(name))
        self.answer({"sent": list(map(view, sent.kept)), "left": sent.left}, 202)


class AgainHandler(JsonHandler):
    """POST maia/monailabel/NAME/labels/UID/again: have one tried now."""

    @web.authenticated
    @authorized
    async def post(self, name: str, uid: str) -> None:
        """Answer with it."""
        labels: Labels = self.settings[LABELS]
        self.answer(view(await labels.again(name, uid)), 202)


class LabelHandler(JsonHandler):
    """DELETE maia/monailabel/NAME/labels/UID: give up one that waits, or was refused."""

    @web.authenticated
    @authorized
    async def delete(self, name: str, uid: str) -> None:
        """Answer with nothing."""
        labels: Labels = self.settings[LABELS]

        def give_up() -> None:
            outbox = labels.outbox(name)
            outbox.remove(outbox.one(uid))

        await asyncio.to_thread(give_up)
        self.set_status(204)
        self.finish()


ROUTES: list[tuple[str, type[Any]]] = [
    ("labels", LabelsHandler),
    ("labels/proposals", ProposalsHandler),
    (r"labels/([0-9.]{1,64})", LabelHandler),
    (r"labels/([0-9.]{1,64})/again", AgainHandler),
]
"""Below a server's name."""


def view(kept: Kept) -> dict[str, Any]:
    """Return a label that waits as pages are told of it."""
    return {
        "uid": kept.what.uid,
        "image": kept.what.of,
        "author": _author(kept.what.author),
        "labels": [each.name for each in kept.what.labels.values()],
        "since": kept.what.at.isoformat(),
        "attempts": kept.fate.tries,
        "why": kept.fate.why,
        "next": kept.fate.next or None,
        "state": "refused" if kept.fate.refused else "waiting",
    }


def _version(found: Version) -> dict[str, Any]:
    return {
        "uid": found.uid,
        "image": found.of,
        "number": found.number,
        "author": found.account or found.author,
        "model": found.model,
        "labels": list(found.labels),
        "at": found.at.isoformat() if found.at else None,
        "before": found.before or None,
    }


def _author(author: Author) -> str:
    from maia_hub.imaging import Algorithm  # noqa: PLC0415

    person = author.by if isinstance(author, Algorithm) else author
    return (person.account or person.name) if person else ""
