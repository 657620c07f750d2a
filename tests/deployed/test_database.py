"""Where the database is, and its secret, which nothing says aloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maia_hub.cli.migrate import app
from maia_hub.core.errors import InvalidInput, MaiaError, NotFound, Unavailable
from maia_hub.deployed.settings import Settings, database, load
from maia_hub.store import Store, schema
from tests.postgres.server import Server

SECRET = "s3cret@:/%é"


def settings(where: str | None) -> Settings:
    return Settings(database=where, hub_api_url="http://hub", namespaces=["n"])


def written(folder: Path, secret: str) -> Path:
    (folder / "database").write_text(f"{secret}\n", encoding="utf-8")
    return folder


def test_a_file_needs_no_secret(tmp_path: Path) -> None:
    assert database(settings("sqlite:////data/maia.db"), tmp_path / "nowhere").database == "/data/maia.db"


def test_the_password_comes_from_the_secret(tmp_path: Path) -> None:
    url = database(settings("postgresql://maia@db:5433/bookings"), written(tmp_path, SECRET))
    assert (url.username, url.password, url.host, url.port, url.database) == (
        *("maia", SECRET, "db", 5433, "bookings"),
    )
    assert SECRET not in f"{url} {url!r} {settings('postgresql://maia@db/bookings')!r}"


def test_the_secret_may_be_the_whole_url(tmp_path: Path) -> None:
    secret = written(tmp_path, "postgres://maia:tiger@db/bookings?sslmode=require")
    url = database(settings(None), secret)
    assert (url.drivername, url.password, url.query) == (
        "postgresql+psycopg",
        "tiger",
        {"sslmode": "require"},
    )


def test_a_password_in_the_settings_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(
        json.dumps({"database": "postgresql://maia:tiger@db/x", "hub_api_url": "", "namespaces": []})
    )
    with pytest.raises(InvalidInput, match="secret") as told:
        load(file)
    assert "tiger" not in f"{told.value} {told.value.given}"


@pytest.mark.parametrize("secret", ["postgresql://maia:tiger@db:port/x", "mysql://maia:tiger@db/x"])
def test_a_secret_that_is_no_url_of_ours_is_not_repeated(tmp_path: Path, secret: str) -> None:
    with pytest.raises(Unavailable) as told:
        database(settings(None), written(tmp_path, secret))
    assert "tiger" not in f"{told.value} {told.value.given} {told.value.__context__!r}"


def test_a_database_that_nobody_names_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="where the database is"):
        database(settings(None), tmp_path)


def test_migrate_makes_the_tables_with_the_password_of_the_secret(tmp_path: Path, postgresql: Server) -> None:
    url = postgresql.empty()
    file = tmp_path / "settings.json"
    plain = f"postgresql://{url.username}@{url.host}:{url.port}/{url.database}"
    file.write_text(json.dumps({"database": plain, "hub_api_url": "http://hub", "namespaces": ["n"]}))
    written(tmp_path, postgresql.password)
    with pytest.raises(Unavailable, match="no tables"):
        schema.check(url)
    done = CliRunner().invoke(
        app, ["--settings", str(file), "--secrets", str(tmp_path)], catch_exceptions=False
    )
    assert done.exit_code == 0
    schema.check(url)


def test_a_wrong_password_is_said_without_it(tmp_path: Path, postgresql: Server) -> None:
    url = postgresql.empty().set(password=SECRET)
    with pytest.raises(Unavailable, match="password authentication failed") as told:
        schema.check(url)
    assert SECRET not in _everything(told.value)
    store = Store(url)
    with pytest.raises(Unavailable) as told, store.read() as tx:
        tx.inventory.pools()
    store.close()
    assert SECRET not in _everything(told.value)


def _everything(error: MaiaError) -> str:
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)
    return " ".join(f"{link} {link!r}" for link in chain) + f" {error.given} {error.advice}"
