"""A PostgreSQL server of the tests' own: in a folder of its own, on a free port, gone when they end."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL

from maia_hub.store import upgrade
from tests.ports import free_port
from tests.postgres import programs

ROLE = "maia"
_ADMIN = "postgres"
_TEMPLATE = "migrated"
_WITHIN = 180.0  # seconds until it answers, or has ended


class Server:
    """A running server, with one ordinary role that owns the databases.

    ``listen`` are the addresses besides the loopback that it answers on, for those who are not on this machine's
    loopback: pods on the bridge. Passwords hold everywhere but for this process' own socket.
    """

    def __init__(self, *listen: str, durable: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="maia-postgresql-"))
        self._listen = ("127.0.0.1", *listen)
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self.password = f"@:/?#%&é {secrets.token_hex(8)}"
        self._admin_password = secrets.token_hex(16)
        self.port = free_port()

    def create(self) -> Server:
        """Make the server's files and start it, with a database that has the tables, to copy."""
        secret = self._folder / "secret"
        secret.write_text(self._admin_password)
        if os.geteuid() == 0:
            account = pwd.getpwnam(_ADMIN)
            for path in (self._folder, secret):
                os.chown(path, account.pw_uid, account.pw_gid)
        self._run(
            *("initdb", "--pgdata", str(self._data), "--username", _ADMIN, "--pwfile", str(secret)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        secret.unlink()
        with (self._data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 0.0.0.0/0 scram-sha-256\n")
        self.start()
        with self.admin() as connection:
            make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(make.format(sql.Identifier(ROLE), sql.Literal(self.password)))
        self.empty(_TEMPLATE)
        upgrade(self.url(_TEMPLATE))
        return self

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._folder / "log"

    @property
    def pid(self) -> int:
        """The process, of which the others are children."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; what was committed is there."""
        settings = {
            "listen_addresses": ",".join(self._listen),
            "port": self.port,
            "unix_socket_directories": self._folder,
            "max_connections": 100,
            # What the tests need to hold holds without it, too: only a machine that dies would lose something.
            **({} if self._durable else {"fsync": "off", "full_page_writes": "off"}),
        }
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._as_user("postgres", "-D", str(self._data), *given),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
            )
        self._wait()

    def stop(self, *, signal: int = 2) -> None:
        """End it: by default as fast as is clean (SIGINT), 3 for at once."""
        if self._process is not None:
            self._process.send_signal(signal)
            self._process.wait(_WITHIN)
            self._process = None

    def close(self) -> None:
        """End it and remove all it had."""
        self.stop(signal=3)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str, host: str = "127.0.0.1") -> URL:
        """Return the URL of a database for the ordinary role, by TCP."""
        return URL.create("postgresql+psycopg", ROLE, self.password, host, self.port, database)

    def socket_url(self, database: str) -> URL:
        """Return the URL of a database for the ordinary role, by the socket in the file system."""
        query = {"host": str(self._folder), "port": str(self.port)}
        return URL.create("postgresql+psycopg", ROLE, self.password, database=database, query=query)

    def empty(self, name: str | None = None) -> URL:
        """Make an empty database; return its URL."""
        return self._make(name, "template0")

    def database(self) -> URL:
        """Make a database with this version's tables; return its URL."""
        return self._make(None, _TEMPLATE)

    def _make(self, name: str | None, template: str) -> URL:
        self._made += 1
        name = name or f"test{self._made}"
        with self.admin() as connection:
            make = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
            connection.execute(make.format(*(sql.Identifier(part) for part in (name, ROLE, template))))
        return self.url(name)

    def restored(self, url: URL) -> URL:
        """Dump a database as its owner can and restore it into a new one; return that one's URL."""
        to = self.empty()
        secret = {**os.environ, "PGPASSWORD": self.password}
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--username", ROLE]
        dump = [str(programs.folder() / "pg_dump"), *where, str(url.database)]
        restore = [
            str(programs.folder() / "psql"),
            *where,
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            str(to.database),
        ]
        dumped = subprocess.run(dump, env=secret, capture_output=True, check=True)
        subprocess.run(restore, env=secret, input=dumped.stdout, capture_output=True, check=True)
        return to

    def admin(self, database: str = _ADMIN) -> psycopg.Connection[Any]:
        """Connect as the one who may do everything; each statement is a transaction."""
        return psycopg.connect(
            host=str(self._folder),
            port=self.port,
            user=_ADMIN,
            password=self._admin_password,
            dbname=database,
            autocommit=True,
        )

    def _wait(self) -> None:
        give_up = time.monotonic() + _WITHIN
        while True:
            try:
                self.admin().close()
                return
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > give_up:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()}") from None
                time.sleep(0.02)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            self._as_user(*command), capture_output=True, text=True, cwd=self._folder, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr}")

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        """Return the command as an ordinary user, for the server refuses root; it dies with this process."""
        other = ["--reuid", _ADMIN, "--regid", _ADMIN, "--init-groups"] if os.geteuid() == 0 else []
        command = [str(programs.folder() / program), *arguments]
        return ["setpriv", *other, "--pdeathsig", "QUIT", "--", *command]


@contextmanager
def running(*listen: str, durable: bool = False) -> Iterator[Server]:
    """Let a server run for a while."""
    programs.folder()  # installed first: the account it runs as comes with it
    server = Server(*listen, durable=durable)
    try:
        yield server.create()
    finally:
        server.close()
