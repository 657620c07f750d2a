"""The user's jobs, remembered in ~/.maia/jobs.sqlite: they outlive notebook server, booking and restart.

A job is written here before anything of it is sent, under the token by which its system knows it too. Several
processes use the file at once (kernels, the Lab server, the command line); it holds no secret.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from maia_hub.core.errors import InvalidInput, NotFound, Unavailable

MIGRATIONS = (
    """
    CREATE TABLE jobs (
        token TEXT PRIMARY KEY,
        system TEXT NOT NULL,
        name TEXT NOT NULL,
        folder TEXT NOT NULL,
        spec TEXT NOT NULL,
        script TEXT NOT NULL,
        created TEXT NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 1,
        job_id TEXT,
        state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        exit_code TEXT NOT NULL DEFAULT '',
        expected_start TEXT NOT NULL DEFAULT '',
        changed TEXT NOT NULL
    ) STRICT;
    CREATE INDEX jobs_by_system ON jobs (system, job_id);
    """,
    "CREATE TABLE polls (system TEXT PRIMARY KEY, asked REAL NOT NULL) STRICT;",
    "CREATE TABLE folders (path BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
    "CREATE TABLE untold (token TEXT PRIMARY KEY) STRICT;",
)
"""One more for every change of the tables; how many were run is the file's user_version."""

_WAIT = 30.0


class OpenedByNewer(Unavailable):
    """A newer version of the software has changed the file already."""

    code = "opened-by-newer"
    title = "The list of jobs is newer than this software"


@dataclass(frozen=True)
class Job:
    """A job as it was last known; ``state`` is Slurm's own name, or one of ours before Slurm knows it."""

    token: str
    system: str
    name: str
    folder: str
    spec: str
    script: str
    created: str
    attempt: int
    job_id: str | None
    state: str
    reason: str
    exit_code: str
    expected_start: str
    changed: str


def new_token() -> str:
    """Return a token that no other job has: what a job is recognised by, on this machine and on its system."""
    return f"maia-{secrets.token_hex(8)}"


def home_file() -> Path:
    """Return where the user's jobs are remembered."""
    return Path.home() / ".maia" / "jobs.sqlite"


class Jobs:
    """The file of jobs, for any thread; its connection stays open, for a new one has to be paid for at its first write.

    A process that was forked, and one whose file was replaced, opens it anew.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or home_file()
        self._one = threading.RLock()
        self._held: list[sqlite3.Connection] = []
        self._held_for: tuple[int, ...] = (0,)
        with self._open():
            pass

    def add(self, job: Job) -> bool:
        """Remember a new job; False if its token is there already, which changes nothing."""
        names = list(vars(job))
        places = ", ".join(f":{name}" for name in names)
        with self._open() as db:
            done = db.execute(
                f"INSERT OR IGNORE INTO jobs ({', '.join(names)}) VALUES ({places})",  # noqa: S608 - our own names
                vars(job),
            )
            if done.rowcount == 1:
                db.execute("INSERT OR IGNORE INTO untold VALUES (?)", (job.token,))
            return done.rowcount == 1

    def get(self, token: str) -> Job:
        """Return a job by its token, by the beginning of one that is no other's, or by ``system:id``."""
        if ":" in token:
            where, values = "system = ? AND job_id = ?", tuple(token.split(":", 1))
        else:
            where, values = "substr(token, 1, length(?1)) = ?1 OR job_id = ?1", (token,)
        with self._open() as db:
            rows = db.execute(f"SELECT * FROM jobs WHERE {where} LIMIT 3", values).fetchall()  # noqa: S608
        found = [Job(**dict(each)) for each in rows]
        exact = [each for each in found if each.token == token]
        if len(found) > 1 and not exact:
            raise InvalidInput(
                f"{token[:60]!r} is the name of more than one job.",
                allowed=", ".join(f"{each.system}:{each.job_id or each.token}" for each in found),
            )
        if not found:
            raise NotFound(
                f"There is no job {token[:60]!r}.", given=token[:60], advice="maia hpc ls shows them all."
            )
        return (exact or found)[0]

    def all(self, system: str | None = None) -> list[Job]:
        """Return the jobs, newest first, of one system or of all."""
        with self._open() as db:
            rows = db.execute(
                "SELECT * FROM jobs WHERE ?1 IS NULL OR system = ?1 ORDER BY created DESC, token", (system,)
            ).fetchall()
        return [Job(**dict(each)) for each in rows]

    def note(self, token: str, **values: str | int | None) -> None:
        """Write down what became of a job; what is as it was leaves ``changed`` alone."""
        self.note_all([(token, values)])

    def note_without_id(self, token: str, **values: str | int | None) -> None:
        """Write down that it is not known to be a job; who has meanwhile learned its id is right."""
        self.note_all([(token, values)], only="job_id IS NULL")

    def note_all(
        self, notes: Iterable[tuple[str, dict[str, str | int | None]]], *, only: str = "TRUE"
    ) -> None:
        """Write down what became of several jobs at once, of those for which ``only`` (SQL) holds."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        with self._open(lasting=False) as db:
            for token, values in notes:
                names = sorted(values)
                unknown = set(names) - set(Job.__dataclass_fields__)
                assert not unknown, unknown
                sets = ", ".join(f"{name} = :{name}" for name in names)
                same = " AND ".join(f"{name} IS :{name}" for name in names)
                db.execute(
                    f"UPDATE jobs SET {sets}, changed = :_now WHERE token = :_token AND {only} AND NOT ({same})",  # noqa: S608
                    {**values, "_now": now, "_token": token},
                )

    def take_untold(self, tokens: Iterable[str]) -> list[str]:
        """Return those of some jobs whose end nobody has been told, to tell it now: of all who ask, one is to."""
        with self._open() as db:
            untold = {row[0] for row in db.execute("SELECT token FROM untold")}
            of_each = "DELETE FROM untold WHERE token = ?"
            return [each for each in tokens if each in untold and db.execute(of_each, (each,)).rowcount == 1]

    def may_ask(self, system: str, *, now: float, interval: float) -> bool:
        """Tell whether it is one's turn to ask a system for its jobs; of all processes one has it in an interval.

        ``now`` is in seconds since 1970; a clock that went back gives a turn, too.
        """
        with self._open() as db:
            done = db.execute(
                "INSERT INTO polls VALUES (:system, :now) ON CONFLICT (system) DO UPDATE SET asked = :now"
                " WHERE asked > :now OR asked <= :now - :interval",
                {"system": system, "now": now, "interval": interval},
            )
            return done.rowcount == 1

    def folder_name(self, path: Path) -> str:
        """Return what a folder of this home is called on every system: no other folder, here or elsewhere, is."""
        key = str(path.absolute()).encode(errors="surrogateescape")
        made = f"{re.sub(r'[^A-Za-z0-9]+', '-', path.absolute().name).strip('-')[:40] or 'folder'}-"
        with self._open() as db:
            found = db.execute("SELECT name FROM folders WHERE path = ?", (key,)).fetchone()
            if found is None:
                values = (key, made + secrets.token_hex(4))
                db.execute("INSERT OR IGNORE INTO folders VALUES (?, ?)", values)
                found = db.execute("SELECT name FROM folders WHERE path = ?", (key,)).fetchone()
        return str(found[0])

    def forget(self, token: str) -> None:
        """Take a job out of the list; on its system nothing changes."""
        with self._open() as db:
            db.execute("DELETE FROM jobs WHERE token = ?", (token,))
            db.execute("DELETE FROM untold WHERE token = ?", (token,))

    @contextmanager
    def _open(self, *, lasting: bool = True) -> Iterator[sqlite3.Connection]:
        """Begin one transaction; what can be found out again need not outlast a power failure."""
        with self._one:
            if self._held_for != self._now():
                self._connect()
            db = self._held[-1]
            db.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
            with db:
                yield db

    def _now(self) -> tuple[int, ...]:
        """Return which process uses which file."""
        try:
            known = self._path.stat()
        except FileNotFoundError:
            return ()
        return os.getpid(), known.st_dev, known.st_ino

    def _connect(self) -> None:
        """Open the file, made if need be. What was open before stays so: a fork must not touch it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self._migrate()
        held = sqlite3.connect(self._path, timeout=_WAIT, check_same_thread=False)
        held.row_factory = sqlite3.Row
        self._held.append(held)
        self._held_for = self._now()
        weakref.finalize(self, held.close)

    def _migrate(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            if self._version(db) == len(MIGRATIONS):
                return
            db.execute("BEGIN IMMEDIATE")
            version = self._version(db)
            if version > len(MIGRATIONS):
                db.execute("ROLLBACK")
                raise OpenedByNewer(
                    f"{self._path} was changed by a newer version.", advice="Update maia-hub here, too."
                )
            for migration in MIGRATIONS[version:]:
                for statement in migration.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
            db.execute("COMMIT")

    @staticmethod
    def _version(db: sqlite3.Connection) -> int:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
