"""A decision asks and writes at once, and is a transaction like any other: whole or not at all, one after the other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timezone
from uuid import UUID, uuid4

import pytest
from sqlalchemy import String, bindparam, func, insert, select

from maia_hub.core.errors import Conflict, InvalidInput, Unavailable
from maia_hub.core.ids import LeaseId, UserName
from maia_hub.store import Beyond, Store
from maia_hub.store.decisions import Question
from maia_hub.store.events import Event
from maia_hub.store.tables import events, leases, nodes, pods
from tests.platform import eventually
from tests.postgres.server import Server
from tests.store.raw import PostgresqlRaw, Raw
from tests.store.raw import lease as make_lease

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
WITHIN = 30.0  # seconds; a test that fails takes so long
_CAPACITY = select(nodes.c.capacity).where(nodes.c.id == bindparam("of"))
_PODS = select(func.count().label("number")).select_from(pods)
_ADD_NODE = insert(nodes)
CAPACITY: Question = (_CAPACITY, {"of": "a"})
PODS: Question = (_PODS, {})


@pytest.fixture
def store(db: Raw) -> Iterator[Store]:
    with closing(Store(db.url)) as made:
        yield made


@pytest.fixture
def lease(db: Raw) -> LeaseId:
    return LeaseId(UUID(make_lease(db, ["a0"])))


def event(subject: str) -> Event:
    return Event(
        at=NOW,
        actor="ada",
        action="grant.booked",
        subject=subject,
        user=UserName("ada"),
        reason="It's “so”: 100 %; \\ done",
        after={"pod": "lab/it's", "gpus": ["a"]},
    )


def admit(store: Store, lease: LeaseId, name: str = "pod") -> int:
    """Note a pod if there is none; return how many there are then."""
    with store.decide(PODS) as (tx, (rows,)):
        if not rows[0].number:
            tx.admissions.add(lease, ("lab", name), NOW)
        return int(rows[0].number)


def test_what_is_asked_is_answered_and_what_is_written_is_there(store: Store, lease: LeaseId) -> None:
    with store.decide(CAPACITY, PODS, events=2) as (tx, (capacity, number)):
        assert [row.capacity for row in capacity] == [2]
        assert [row.number for row in number] == [0]
        tx.admissions.add(lease, ("lab", "it's; DROP TABLE pods"), NOW)
        written = [tx.events.add(event(subject)) for subject in "ab"]
    with store.read() as tx:
        assert tx.events.after(0) == written
        assert [each.id for each in written] == [1, 2]
    rows = store.ask((select(pods.c.name, pods.c.admitted, leases.c.user).select_from(pods.join(leases)), {}))
    assert [(row.name, row.admitted, row.user) for row in rows] == [("it's; DROP TABLE pods", NOW, "ada")]


HOSTILE = ("it's; DROP TABLE pods", "$1 $2 %s %%", "back\\slash'", "“so” 💡", "'; COMMIT; --")


@pytest.mark.parametrize("within", [True, False])
def test_values_of_several_questions_stay_values_and_come_back_as_they_were(
    store: Store, db: Raw, within: bool
) -> None:
    with store.write() as tx:
        for name in HOSTILE:
            tx.events.add(event(name))
    asked = select(events.c.subject, bindparam("said", type_=String).label("said")).where(
        events.c.subject == bindparam("of"), events.c.id <= bindparam("upto")
    )
    questions: list[Question] = [
        (asked, {"upto": number, "of": name, "said": name[::-1]}) for number, name in enumerate(HOSTILE, 1)
    ]
    if within:
        with store.write() as tx:
            found = tx.ask_all([*questions, PODS])
    else:
        found = store.ask_all([*questions, PODS])
    assert [[(row.subject, row.said) for row in rows] for rows in found[:-1]] == [
        [(name, name[::-1])] for name in HOSTILE
    ]
    assert [row.number for row in found[-1]] == [0]


def test_several_questions_within_a_transaction_see_what_it_wrote(store: Store, lease: LeaseId) -> None:
    with store.write() as tx:
        tx.admissions.add(lease, ("lab", "pod"), NOW)
        assert [row.number for (row,) in tx.ask_all([PODS, PODS])] == [1, 1]


def give_up(store: Store) -> None:
    with store.decide(PODS):
        raise RuntimeError


def fail(store: Store, lease: LeaseId) -> None:
    with store.decide(PODS, events=1) as (tx, _):
        tx.admissions.add(lease, ("lab", "pod"), NOW)
        tx.events.add(event("a"))
        raise RuntimeError


def admit_two(store: Store, lease: LeaseId) -> None:
    with store.decide(PODS, events=1) as (tx, _):
        tx.events.add(event("a"))
        tx.admissions.add(lease, ("lab", "pod"), NOW)
        tx.admissions.add(lease, ("lab", "another"), NOW)


def test_what_fails_leaves_nothing_and_lets_others_write(store: Store, lease: LeaseId) -> None:
    with pytest.raises(RuntimeError):
        fail(store, lease)
    assert admit(store, lease) == 0
    with store.write() as tx:
        assert tx.events.last() == 0


def test_what_the_database_refuses_is_undone_as_a_whole(store: Store, lease: LeaseId) -> None:
    with pytest.raises(Conflict):
        admit_two(store, lease)
    assert admit(store, lease) == 0
    with store.read() as tx:
        assert tx.events.last() == 0


def read_after_writing(store: Store, lease: LeaseId) -> None:
    with store.decide(PODS) as (tx, _):
        tx.admissions.add(lease, ("lab", "pod"), NOW)
        assert tx.leases.live()


def ask_after_writing(store: Store, lease: LeaseId) -> None:
    with store.decide(PODS) as (tx, _):
        tx.admissions.add(lease, ("lab", "pod"), NOW)
        tx.ask_all([PODS])


def read_and_go_on(store: Store, lease: LeaseId) -> None:
    with store.decide(PODS) as (tx, _):
        tx.admissions.add(lease, ("lab", "pod"), NOW)
        with suppress(Exception):
            tx.bookings.live()


@pytest.mark.parametrize("act", [read_after_writing, ask_after_writing, read_and_go_on])
def test_what_is_beyond_a_decision_is_not_done_at_all(
    postgresql_db: PostgresqlRaw, act: Callable[[Store, LeaseId], None]
) -> None:
    lease = LeaseId(UUID(make_lease(postgresql_db, ["a0"])))
    with closing(Store(postgresql_db.url)) as store:
        with pytest.raises(Beyond):
            act(store, lease)
        assert admit(store, lease) == 0


def test_a_decision_may_ask_further_before_it_writes(store: Store, lease: LeaseId) -> None:
    with store.decide(PODS) as (tx, _):
        assert [[row.number for row in rows] for rows in tx.ask_all([PODS, PODS])] == [[0], [0]]
        tx.admissions.add(lease, ("lab", "pod"), NOW)
    assert admit(store, lease) == 1


@pytest.mark.parametrize("name", ["x" * 300, "zero \x00"])
def test_a_value_that_cannot_be_kept_is_the_callers_fault(postgresql_db: PostgresqlRaw, name: str) -> None:
    lease = LeaseId(UUID(make_lease(postgresql_db, ["a0"])))
    with closing(Store(postgresql_db.url)) as store:
        with pytest.raises(InvalidInput), store.decide(PODS) as (tx, _):
            tx.admissions.add(lease, ("lab", name), NOW)
        assert admit(store, lease) == 0


def test_a_pod_of_a_lease_that_never_was_is_refused(store: Store) -> None:
    with pytest.raises(Conflict), store.decide(PODS) as (tx, _):
        tx.admissions.add(LeaseId(uuid4()), ("lab", "pod"), NOW)


def test_one_decides_after_the_other(db: Raw, lease: LeaseId) -> None:
    """Each sees what the one before it wrote, so that one alone finds no pod."""
    start = threading.Barrier(4)
    found: queue.Queue[int] = queue.Queue()

    def decide() -> None:
        with closing(Store(db.url)) as store:
            start.wait(WITHIN)
            found.put(admit(store, lease))

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found.get_nowait() for _ in threads) == [0, 1, 1, 1]


def test_it_waits_for_whoever_writes(store: Store, db: Raw, lease: LeaseId) -> None:
    done: queue.Queue[int] = queue.Queue()
    with closing(Store(db.url)) as other, other.write() as tx:
        thread = threading.Thread(target=lambda: done.put(admit(store, lease)))
        thread.start()
        thread.join(0.3)
        assert done.empty()
        tx.admissions.add(lease, ("lab", "first"), NOW)
    assert done.get(timeout=WITHIN) == 1


def test_the_same_may_be_asked_again_and_again_whatever_failed(store: Store, lease: LeaseId) -> None:
    assert [admit(store, lease) for _ in range(8)] == [0, *[1] * 7]
    for _ in range(8):
        assert store.ask(CAPACITY)[0].capacity == 2
    with pytest.raises(RuntimeError):
        give_up(store)
    assert store.ask(CAPACITY)[0].capacity == 2
    assert admit(store, lease) == 1


def test_of_one_process_those_that_are_queued_wait_without_a_connection(postgresql_db: PostgresqlRaw) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
    with closing(Store(postgresql_db.url)) as store, ThreadPoolExecutor(4) as threads:

        def decide() -> None:
            with store.decide(PODS, queued=True):
                pass

        with store.decide(PODS, queued=True):
            decided = [threads.submit(decide) for _ in range(4)]
            eventually(lambda: len(store._writing._line) == 5, "all wait for their turn")
            assert postgresql_db.count(waiting) == 0
        for each in decided:
            each.result(WITHIN)


def cut(db: PostgresqlRaw) -> None:
    """End every connection of the program's."""
    db.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'maia-hub' AND datname = current_database()"
    )


def admit_and_cut(store: Store, db: PostgresqlRaw, lease: LeaseId) -> None:
    with store.decide(PODS) as (tx, _):
        tx.admissions.add(lease, ("lab", "pod"), NOW)
        cut(db)


def test_a_connection_that_died_meanwhile_is_not_noticed(postgresql_db: PostgresqlRaw) -> None:
    lease = LeaseId(UUID(make_lease(postgresql_db, ["a0"])))
    with closing(Store(postgresql_db.url)) as store:
        assert store.ask(PODS)[0].number == 0
        cut(postgresql_db)
        assert store.ask(PODS)[0].number == 0
        cut(postgresql_db)
        assert (admit(store, lease), admit(store, lease)) == (0, 1)


def test_an_answer_that_never_came_is_no_refusal(postgresql_db: PostgresqlRaw) -> None:
    lease = LeaseId(UUID(make_lease(postgresql_db, ["a0"])))
    with closing(Store(postgresql_db.url)) as store:
        with pytest.raises(Unavailable, match="did not say whether"):
            admit_and_cut(store, postgresql_db, lease)
        assert admit(store, lease) == 0


def test_a_database_that_is_away_is_said_to_be(postgresql: Server) -> None:
    url = postgresql.database()
    with closing(Store(url.set(port=1))) as store:
        with pytest.raises(Unavailable, match="cannot be used"):
            store.ask(PODS)
        with pytest.raises(Unavailable, match="cannot be used"), store.decide(PODS):
            pass


def test_its_events_are_heard_by_other_processes_and_not_by_its_own(postgresql_db: PostgresqlRaw) -> None:
    with closing(Store(postgresql_db.url)) as here, closing(Store(postgresql_db.url)) as there:
        heard: dict[str, queue.Queue[str]] = {"here": queue.Queue(), "there": queue.Queue()}
        here.listen(lambda told: heard["here"].put(told.subject))
        there.listen(lambda told: heard["there"].put(told.subject))
        with here.decide(PODS, events=2) as (tx, _):
            tx.events.add(event("a"))
            tx.events.add(event("b"))
        with there.write() as tx:
            tx.events.add(event("c"))
        assert [heard["there"].get(timeout=WITHIN) for _ in "ab"] == ["a", "b"]
        assert heard["here"].get(timeout=WITHIN) == "c"
