"""Labels that arrive: each is noted once, and is the event after which models are trained again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from maia_hub.imaging import Algorithm
from maia_hub.monailabel.labels.delivery import Arrived, Delivered
from maia_hub.monailabel.labels.versions import Version
from maia_hub.monailabel.learning import rules
from maia_hub.monailabel.learning.datasets import Labelled
from maia_hub.monailabel.learning.events import Learning
from maia_hub.monailabel.learning.record import Record
from maia_hub.monailabel.learning.rules import Policy

Due = Callable[[str], Awaitable[None]]
"""Is told which model is to be trained now."""


def arrivals(
    record: Record, models: Sequence[str], policy: Policy, due: Due, clock: Callable[[], datetime]
) -> Arrived:
    """Return what to tell of each label that the image server has: it notes it, and says which models are due.

    A prediction as it came is no label to learn from.
    """

    async def arrived(delivered: Delivered) -> None:
        label = _delivered(delivered)
        if label is None:
            return
        state = await asyncio.to_thread(note, record, [label], clock())
        for model in models:
            if not rules.waits_for(state, model, policy):
                await due(model)

    return arrived


def note(record: Record, labels: Iterable[Labelled], now: datetime) -> Learning:
    """Note labels, also those that others submitted elsewhere; those that are known change nothing."""
    each_once = {label.label: label for label in labels}
    return record.change(
        lambda state: [event for label in each_once.values() for event in rules.submitted(state, label, now)]
    )


def labelled(version: Version) -> Labelled | None:
    """Return a version on the image server as a label to learn from; None without a person or a time."""
    if not version.by_a_person or version.at is None:
        return None
    author = version.account or version.author
    return Labelled(image=version.of, label=version.uid, author=author, at=version.at)


def _delivered(delivered: Delivered) -> Labelled | None:
    what = delivered.what
    person = what.author.by if isinstance(what.author, Algorithm) else what.author
    if person is None:
        return None
    return Labelled(image=what.of, label=what.uid, author=person.account or person.name, at=what.at)
