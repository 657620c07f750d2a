"""The desk of an installation, over the database that its settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import URL

from maia_hub.core.policy import PRESETS
from maia_hub.deployed.settings import Settings
from maia_hub.desk import Desk
from maia_hub.store import Store, schema


@contextmanager
def opened(settings: Settings, database: URL) -> Iterator[Desk]:
    """Yield the desk, and close its connections at the end.

    Raises:
        Unavailable: the database is away, or not as this version expects it.
    """
    schema.check(database)
    store = Store(database)
    try:
        yield Desk(
            store=store,
            policies=settings.policies(PRESETS[settings.policy]),
            closing=settings.closing,
            publish=lambda _: None,  # what a pod should say is compared and written by `Sessions`
            patience=timedelta(seconds=settings.alarm_after),
            projects=settings.site(),
        )
    finally:
        store.close()
