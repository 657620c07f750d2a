"""Raw SQL cannot offer a GPU twice, nor one that is held or of another kind, and nobody has two places in a line."""

from __future__ import annotations

import pytest

from tests.store.raw import Raw, Refused, at, insert, lease


def wait(db: Raw, user: str, **other: object) -> None:
    """Put somebody into the line, as any program could."""
    if "gpu" in other:
        other.setdefault("offered_until", at(1))
    insert(db, "waiters", {"user": user, "server": "", "pool": "p", "since": at(0), **other})


def test_a_gpu_is_offered_to_one_at_a_time(db: Raw) -> None:
    wait(db, "ada", gpu="a0")
    with pytest.raises(Refused):
        wait(db, "ben", gpu="a0")
    wait(db, "ben", gpu="a1")
    with pytest.raises(Refused):
        db.execute("UPDATE waiters SET gpu = 'a0' WHERE \"user\" = 'ben'")


def test_a_gpu_that_somebody_holds_is_offered_to_nobody(db: Raw) -> None:
    lease(db, ["a0"])
    with pytest.raises(Refused, match="is held"):
        wait(db, "ben", gpu="a0")
    wait(db, "ben")
    with pytest.raises(Refused, match="is held"):
        db.execute("UPDATE waiters SET gpu = 'a0', offered_until = ?", at(1))


def test_only_a_gpu_that_is_waited_for_is_offered(db: Raw) -> None:
    db.execute("INSERT INTO pools (id, product, resource, simulated) VALUES ('q', 'H100', 'gpu', FALSE)")
    with pytest.raises(Refused, match="not one of the pool"):
        wait(db, "ada", pool="q", gpu="a0")


def test_nobody_has_two_places_in_a_line(db: Raw) -> None:
    wait(db, "ada")
    with pytest.raises(Refused):
        wait(db, "ada", server="second")


def test_an_offer_has_an_end_and_only_an_offer_can_be_accepted(db: Raw) -> None:
    with pytest.raises(Refused):
        wait(db, "ada", gpu="a0", offered_until=None)
    with pytest.raises(Refused):
        wait(db, "ada", accepted=at(0))
    with pytest.raises(Refused):
        wait(db, "ada", gpu="a0", offered_until="infinity")
