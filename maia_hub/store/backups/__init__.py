"""Backups of a booking database: one file with all of it, and the way back.

What may be here: how a database of each kind is copied while it is used, and how a copy takes the place of another
database. What never may: where a site keeps its files; `maia_hub.embedded` and `maia_hub.deployed` know that.
"""

from __future__ import annotations

from maia_hub.store.backups.archive import Listing, pack, unpack
from maia_hub.store.backups.databases import DATABASE, copy, listed, put

__all__ = ["DATABASE", "Listing", "copy", "listed", "pack", "put", "unpack"]
