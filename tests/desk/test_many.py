"""What is asked of everybody at once is read from the database once, not once for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from maia_hub.core.ids import UserName
from maia_hub.desk import Actor
from tests.desk.office import Office, gpus


def test_what_all_servers_should_read_takes_one_look_at_the_gpus_and_at_the_calendar(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=3, each=2))
    people = [Actor(UserName(f"user-{number}")) for number in range(6)]
    for who in people:
        office.book(who, 0, 60)
        office.start(who)
    asked: list[str] = []
    engine: Engine = office.store._engine
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    held = office.desk.held(office.now)
    assert sorted(each.session.user for each in held) == [who.user for who in people]
    assert len([sql for sql in asked if "FROM gpus" in sql]) == 1
    assert len([sql for sql in asked if "FROM nodes" in sql]) == 1
    office.close()


def test_a_booking_that_runs_unused_is_looked_up_once(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=3, each=2))
    for number in range(6):
        office.book(Actor(UserName(f"user-{number}")), 0, 60)
    office.go(seconds=1)
    office.go(seconds=2)
    asked: list[str] = []
    event.listen(office.store._engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    office.go(seconds=3)
    assert [sql for sql in asked if "FROM events" in sql] == []
    assert [e.action for e in office.events].count("booking.begun") == 6
    office.close()


def test_when_nothing_is_due_nothing_is_read_however_many_sessions_run(tmp_path: Path) -> None:
    office = Office(tmp_path, found=gpus(nodes=3, each=8))
    for number in range(20):
        who = Actor(UserName(f"user-{number}"))
        office.book(who, 0, 60)
        office.start(who)
    office.start(Actor(UserName("borrower")), "idle:a6000")
    office.go(seconds=1)
    asked: list[tuple[str, Any]] = []
    engine: Engine = office.store._engine
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    office.go(seconds=2)
    due = office.desk.due(office.now)
    found = [(sql, values) for sql, values in asked if sql.startswith("SELECT")]
    with engine.connect() as connection:
        read = [(sql, len(connection.exec_driver_sql(sql, values).fetchall())) for sql, values in found]
    assert due.next_at == office.after(minutes=60) - office.closing.drain
    assert sum(rows for sql, rows in read if "FROM gpus" not in sql) < 20, read
    office.close()
