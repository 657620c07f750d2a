"""`maia up` as a user meets it: what it says, what it keeps, that it leaves no process behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.platform import Platform, command_of, eventually, read_environment


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform that the tests of this module stop and start."""
    made = Platform(tmp_path_factory.mktemp("up") / "data")
    yield made
    made.stop()


def processes_of(data: Path) -> list[int]:
    """Return every process that was started for a data folder."""
    pids = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdecimal()]
    return [pid for pid in pids if belongs(read_environment(pid), data)]


def belongs(environment: dict[str, str], data: Path) -> bool:
    return environment.get("MAIA_DATA") == str(data) or str(data) in environment.get("MAIA_SESSION_FILE", "")


def refused(platform: Platform) -> str:
    """Let it start, expect that it ends at once with status 1, and return what it said."""
    platform.forget_output()
    assert platform.launch().wait(60) == 1
    assert "Traceback" not in platform.output()
    return platform.output()


def test_the_first_start_says_all_that_is_needed(own: Platform) -> None:
    said = own.start().output()
    assert own.url in said
    for user in ("alice", "bob", "admin"):
        assert own.password(user) in said
    assert "2 × Simulated GPU" in said
    assert "no real device" in said
    assert str(own.data) in said
    assert ("servers run as root" in said) == (os.geteuid() == 0)


def test_its_people_can_sign_in_and_others_cannot(own: Platform) -> None:
    with closing(own.session("alice")) as browser:
        assert browser.get("/hub/home").status_code == 200
    own_password = own.password("bob")
    with pytest.raises(AssertionError, match="not signed in"):
        _with_password(own, "alice", own_password)


def _with_password(platform: Platform, user: str, password: str) -> None:
    class Impostor(Platform):
        def password(self, user: str) -> str:
            return password

    Impostor(platform.data, port=platform.port).session(user)


def test_secrets_are_readable_by_the_owner_only(own: Platform) -> None:
    assert own.data.stat().st_mode & 0o777 == 0o700
    for name in ("settings.json", "jupyterhub_cookie_secret"):
        assert (own.data / name).stat().st_mode & 0o077 == 0
    logs = "".join(p.read_text(errors="replace") for p in (own.data / "logs").iterdir())
    for secret in ("alice", "bob"):
        assert own.password(secret) not in logs


def test_a_second_one_on_the_same_folder_is_refused_with_the_process_that_has_it(own: Platform) -> None:
    assert own.process is not None
    said = refused(Platform(own.data))
    assert f"process {own.process.pid}" in said
    assert own.process.poll() is None


def test_ctrl_c_ends_every_process_and_the_next_start_goes_on_with_the_same_data(own: Platform) -> None:
    password, booking = own.password("alice"), own.book("alice", 3600, delay=3600)
    own.start_server("alice")
    kept = own.data / "homes" / "alice" / "kept.txt"
    kept.write_text("work")
    assert own.stop(signal.SIGINT) == 0
    assert processes_of(own.data) == []
    assert not (own.data / "run" / "platform.json").exists()

    own.start()
    assert own.password("alice") == password
    with own.client("alice") as client:
        assert client.booking(booking.id).start == booking.start
    assert kept.read_text() == "work"


def test_ctrl_c_ends_the_servers_of_a_hub_that_is_dead_too(own: Platform) -> None:
    own.start_server("alice")
    own.kill("hub")
    assert own.stop(signal.SIGINT) == 0
    assert processes_of(own.data) == []
    own.start()


def test_ctrl_c_ends_every_process_also_when_nobody_reads_what_it_says(own: Platform) -> None:
    own.stop()
    listening = subprocess.Popen(
        own.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=own.variables,
        cwd=own.data,
        text=True,
    )
    assert listening.stdout is not None
    for line in listening.stdout:
        if "Ctrl-C ends it" in line:
            break
    listening.stdout.close()
    own.start_server("alice")
    listening.send_signal(signal.SIGINT)
    listening.wait(60)
    assert processes_of(own.data) == []
    own.start()


def test_who_is_no_longer_named_is_no_administrator_any_more(own: Platform) -> None:
    assert own.hub("GET", "/user", "admin").json()["admin"]
    own.stop()
    own.arguments = ["--users", "alice,bob,admin", "--admins", "bob"]
    own.start()
    assert own.hub("GET", "/user", "bob").json()["admin"]
    assert not own.hub("GET", "/user", "admin").json()["admin"]
    assert own.hub("GET", "/users", "admin").status_code == 403


def test_a_killed_hub_is_followed_by_one_culler_and_ctrl_c_ends_it(own: Platform) -> None:
    own.stop()
    own.arguments = ["--cull-idle", "3611"]
    own.start()
    before = own.kill("hub")
    eventually(lambda: own.pid("hub") != before, "a new hub", 10)
    eventually(lambda: own.hub("GET", "/user", "bob").is_success, "the new hub answers")
    assert len(cullers()) == 1
    own.stop()
    assert cullers() == []
    own.start()


def cullers() -> list[int]:
    """Return the cullers of hubs whose idle time is that of these tests."""
    pids = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdecimal()]
    return [pid for pid in pids if {"jupyterhub_idle_culler", "--timeout=3611"} <= {*command_of(pid)}]


def test_when_it_is_killed_its_processes_end_by_themselves(own: Platform) -> None:
    own.start_server("bob")
    assert own.process is not None
    own.process.kill()
    own.process.wait()
    eventually(lambda: not processes_of(own.data), "every process has ended", 60)
    own.start()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(Platform(tmp_path / "data", port=port))
    assert f"Port {port} is taken" in said
    assert "--port" in said


def test_a_corrupt_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "data" / "maia.db"
    database.parent.mkdir()
    database.write_bytes(b"not a database at all" * 1000)
    said = refused(Platform(tmp_path / "data"))
    assert str(database) in said.replace("\n", "")
    assert database.read_bytes() == b"not a database at all" * 1000


def test_a_database_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "data")
    platform.start()
    platform.stop()
    database = tmp_path / "data" / "maia.db"
    before = database.read_bytes()
    database.chmod(0o400)
    without_override = ["setpriv", "--bounding-set=-dac_override", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*without_override, *platform.command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env=platform.variables,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(database) in done.stderr.replace("\n", "")
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--users", "Alice Smith"], "user name"),
        (["--policy", "loose"], "open, classic, demo"),
        (["--gpus", "several"], "0 to 64"),
        (["--drain", "0"], "1 to 600"),
    ],
)
def test_an_option_that_cannot_be_is_refused(tmp_path: Path, arguments: list[str], expected: str) -> None:
    assert expected in refused(Platform(tmp_path / "data", arguments=arguments))
