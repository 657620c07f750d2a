"""Dumps of a PostgreSQL database by PostgreSQL's own programs, and a dump in the place of what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from maia_hub.core.errors import Conflict, Unavailable
from maia_hub.store import postgresql

DEBIAN = Path("/usr/lib/postgresql")
_ADVICE = "Is the server up and reachable, and is there room?"
_TABLES = "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname = current_schema()"
_FUNCTIONS = (
    "SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname = current_schema() AND starts_with(p.proname, 'maia_')"
)
_IS_THERE = """DO $$ BEGIN
IF to_regclass('{schema}.alembic_version') IS NULL THEN RAISE EXCEPTION 'the backup is of another schema'; END IF;
END $$;"""
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'maia-hub' AND pid <> pg_backend_pid()"
)


def copy(url: URL, target: Path) -> str | None:
    """Write all of one moment to a file, while others use the database; return the revision of that moment."""
    revision = postgresql.version(url)
    with _connected(url) as connection:
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
        program = _program("pg_dump", _major(connection))
        target.touch(mode=0o600)
        _run(
            url,
            [program, "--format=custom", "--no-owner", "--no-privileges"],
            [f"--schema={schema}", f"--snapshot={snapshot}", f"--file={target}"],
        )
    return revision


def stands(url: URL) -> bool:
    """Tell whether there are tables of ours; refuse a database of something else."""
    return postgresql.version(url) is not None


def set_aside(url: URL, _stamp: str) -> None:
    """Leave it: in a database nothing is renamed, a backup is written instead."""
    _need_unused(url)


def put(url: URL, source: Path) -> None:
    """Let a dump take the place of all that is there, in one transaction; refuse while a service is connected."""
    _need_unused(url)
    with _connected(url) as connection:
        major, schema = _major(connection), _one(connection, "SELECT quote_ident(current_schema())")
        drops = [*_drops(connection, "TABLE", _TABLES), *_drops(connection, "FUNCTION", _FUNCTIONS)]
    first, then, last, contents = (source.with_name(f"{source.name}.{n}") for n in range(4))
    restore = _program("pg_restore", major)
    listing = _run(None, [restore, "--list", str(source)])
    _write(contents, [line for line in listing.splitlines() if not _makes_schema(line)])
    _run(None, [restore, f"--use-list={contents}", "--no-owner", f"--file={then}", str(source)])
    _write(first, ["SET lock_timeout = '10s';", "SET client_min_messages = warning;", *drops])
    _write(last, [_IS_THERE.format(schema=schema.replace("'", "''"))])
    _run(
        url,
        [_program("psql", major), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"],
        ["--output=/dev/null", *(f"--file={script}" for script in (first, then, last))],
    )


def _drops(connection: Connection, kind: str, names: str) -> list[str]:
    return [f"DROP {kind} {name} CASCADE;" for name in connection.exec_driver_sql(names).scalars()]


def _write(path: Path, lines: list[str]) -> None:
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _makes_schema(line: str) -> bool:
    """Tell whether an entry of a dump's contents makes the schema, which is there."""
    return re.match(r"\d+; \d+ \d+ (SCHEMA|COMMENT - SCHEMA|ACL - SCHEMA) ", line) is not None


def _need_unused(url: URL) -> None:
    with _connected(url) as connection:
        others = _one(connection, _OTHERS)
    if int(others):
        raise Conflict(
            f"The database {postgresql.name(url)} is being used.",
            given=f"{others} connections of MAIA Hub",
            allowed="none while it is replaced",
            advice="Stop the service and the admission review first, then restore again.",
        )


def _one(connection: Connection, query: str) -> str:
    return str(connection.exec_driver_sql(query).scalar_one())


def _major(connection: Connection) -> int:
    return int(_one(connection, "SHOW server_version_num")) // 10_000


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    """Yield a connection that sees one moment and that nobody takes for a service's."""
    made = postgresql.engine(url.update_query_dict({"application_name": "maia-hub-backup"}), migrates=True)
    try:
        with made.connect().execution_options(**postgresql.READS) as connection:
            yield connection
    except SQLAlchemyError as e:
        raise Unavailable(
            f"The database {postgresql.name(url)} cannot be used: {postgresql.first_line(e)}.", advice=_ADVICE
        ) from e
    finally:
        made.dispose()


def _program(name: str, server: int) -> str:
    """Return one of PostgreSQL's programs, of the server's version or the next newer one that is here."""
    found = {path.parent.parent.name: path for path in DEBIAN.glob(f"*/bin/{name}")}
    fit = sorted(
        (int(major), path) for major, path in found.items() if major.isdecimal() and int(major) >= server
    )
    if fit:
        return str(fit[0][1])
    on_path = shutil.which(name)
    major = _version_of(on_path) if on_path else None
    if on_path is None or major is None or major < server:
        raise Unavailable(
            f"The program {name} is {'too old' if major else 'missing'} on this machine.",
            given=f"version {major}" if major else None,
            allowed=f"{name} of PostgreSQL {server}, the server's version, or newer",
            advice=f"Install PostgreSQL's client programs, on Debian and Ubuntu: postgresql-client-{server}.",
        )
    return on_path


def _version_of(program: str) -> int | None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 found on the path
    found = re.search(r"(\d+)", said.stdout)
    return int(found[1]) if found else None


def _run(url: URL | None, *command: list[str]) -> str:
    """Run one of PostgreSQL's programs on a database; its password is in a file that only this user may read."""
    words = [word for part in command for word in part]
    with TemporaryDirectory(prefix="maia-secret-") as folder:
        variables = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
        if url is not None:
            _, given = url.get_dialect()().create_connect_args(url)
            given.pop("context", None)
            secret = str(given.pop("password", None) or "")
            passfile = Path(folder) / "password"
            passfile.touch(mode=0o600)
            passfile.write_text("*:*:*:*:" + re.sub(r"([\\:])", r"\\\1", secret) + "\n", encoding="utf-8")
            variables["PGPASSFILE"] = str(passfile) if secret else os.environ.get("PGPASSFILE", "")
            words += [f"--dbname={make_conninfo('', **given)}"]
        done = subprocess.run(words, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 one of `_program`
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if "rror:" in line or "ERROR:" in line]
        said = (lines or [f"status {done.returncode}"])[0].rpartition("ERROR:")[2]
        raise Unavailable(
            f"{Path(words[0]).name} failed: {said.strip()[:300]}.", advice=f"Nothing was changed. {_ADVICE}"
        )
    return done.stdout
