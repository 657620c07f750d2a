"""Every migration has a way back that forgets what it added and nothing else, tried on data of a whole site.

A new migration is tried without a line here. If one fails, its author adds its tables and columns to
`tests.store.samples`, and a `downgrade` whose docstring says, to an administrator, what is forgotten.
"""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, inspect
from typer.testing import CliRunner

from maia_hub.cli.migrate import app
from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.store import schema, upgrade
from maia_hub.store.dialects import dialect_of
from maia_hub.store.tables import metadata
from tests.store.raw import Raw, Refused, SqliteRaw, at, booking, insert, opened
from tests.store.rows import Rows, rows
from tests.store.samples import CHANGED, SAMPLES

SCRIPTS = list(ScriptDirectory.from_config(schema._config(None)).walk_revisions())
CHAIN = [script.revision for script in SCRIPTS]
WHAT_TO_DO = "see the docstring of tests/store/samples.py: what has a migration's author to add there?"


def test_the_samples_have_every_table_and_column() -> None:
    for name, table in metadata.tables.items():
        assert name in SAMPLES, f"the table {name} has no sample; {WHAT_TO_DO}"
        known = {key for row in SAMPLES[name] for key, value in row.items() if value not in (None, "")}
        missing = {c.name for c in table.columns if c.computed is None} - known
        assert not missing, f"the samples of {name} lack {missing}; {WHAT_TO_DO}"


@pytest.mark.parametrize("script", SCRIPTS[:-1], ids=lambda script: script.revision)
def test_every_migration_says_what_its_way_back_forgets(script: Any) -> None:
    back = getattr(script.module, "downgrade", None)
    assert back is not None, f"{script.path} has no downgrade(); {WHAT_TO_DO}"
    assert back.__doc__
    assert back.__doc__.endswith(".")


def test_every_migration_can_be_taken_back_and_done_again_on_a_sites_data(empty: URL) -> None:
    shapes = {}
    for revision in reversed(CHAIN):
        upgrade(empty, revision)
        shapes[revision] = shape(empty)
    filled(empty)
    for newer, older in pairwise(CHAIN):
        before = rows(empty)
        schema.downgrade(empty, older)
        assert shape(empty) == shapes[older], (
            f"the way back from {newer} leaves other tables than {older} has"
        )
        kept(before, rows(empty), shapes[older], newer)
        guarded(empty)
        upgrade(empty, newer)
        assert shape(empty) == shapes[newer]
        kept(before, rows(empty), shapes[older], newer)
        schema.downgrade(empty, older)
    upgrade(empty)
    schema.check(empty)
    made = dialect_of(empty).engine(empty)
    with made.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made.dispose()


def filled(url: URL) -> None:
    """Put all samples in, those first that others name."""
    made = dialect_of(url).engine(url)
    names = inspect(made).get_sorted_table_and_fkc_names()
    made.dispose()
    with closing(opened(url)) as db:
        for name in (name for name, _ in names if name and name != "alembic_version"):
            for row in SAMPLES.get(name, []):
                insert(db, name, row)


def shape(url: URL) -> dict[str, Any]:
    """Return what tables there are, with columns and indexes."""
    made = dialect_of(url).engine(url)
    try:
        found = inspect(made)
        return {
            name: (
                {
                    column["name"]: (str(column["type"]), column["nullable"])
                    for column in found.get_columns(name)
                },
                sorted(str(index["name"]) for index in found.get_indexes(name)),
                sorted(str(check["name"]) for check in found.get_check_constraints(name)),
            )
            for name in found.get_table_names()
        }
    finally:
        made.dispose()


def kept(before: Rows, after: Rows, older: dict[str, Any], revision: str) -> None:
    """Compare all that the older version knows."""
    for table in set(older) - {"alembic_version", *CHANGED.get(revision, {})}:
        names = sorted(older[table][0])
        was, found = (
            sorted(([row[name] for name in names] for row in each[table]), key=repr)
            for each in (before, after)
        )
        assert found == was, f"migration {revision}, there and back, changes {table}; {WHAT_TO_DO}"


def guarded(url: URL) -> None:
    """Book what fits, then more than there is; and take it back, past the rules that keep it."""
    with closing(opened(url)) as db:
        row = booking(20, 21, gpus=2)
        insert(db, "bookings", row)
        with pytest.raises(Refused, match="overbooked"):
            insert(db, "bookings", booking(20.5, 22))
        db.execute("DELETE FROM bookings WHERE starts_at >= ?", moment(db, 20))


def moment(db: Raw, hours: float) -> str:
    return at(hours) if isinstance(db, SqliteRaw) else f"{at(hours)}+00"


@pytest.fixture
def told(db: Raw, tmp_path: Path) -> list[str]:
    """The words of `maia migrate` that name this database."""
    settings, secret = tmp_path / "settings.json", tmp_path / "database"
    settings.write_text('{"hub_api_url": "http://hub", "namespaces": []}')
    secret.write_text(db.url.render_as_string(hide_password=False))
    return ["--settings", str(settings), "--secrets", str(tmp_path)]


def test_going_back_is_told_before_it_is_done(db: Raw, told: list[str]) -> None:
    run = CliRunner().invoke
    with pytest.raises(InvalidInput, match="no such version") as refused:
        run(app, [*told, "--to", "9999"], catch_exceptions=False)
    assert "0001" in str(refused.value.allowed)
    with pytest.raises(Conflict, match="forgets") as asked:
        run(app, [*told, "--to", "0009"], catch_exceptions=False)
    assert "Forget the calendars" in str(asked.value.given)
    assert "answered" not in str(asked.value.given)
    assert "maia backup" in str(asked.value.advice)
    schema.check(db.url)
    assert run(app, [*told, "--to", "0009", "--yes"], catch_exceptions=False).exit_code == 0
    assert rows(db.url)["alembic_version"] == [{"version_num": "0009"}]
    assert "feeds" not in rows(db.url)
    assert run(app, told, catch_exceptions=False).exit_code == 0
    schema.check(db.url)
