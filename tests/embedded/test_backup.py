"""One command takes all that a machine's platform knows, another brings it back, while people's work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.commands import maia
from tests.platform import Platform
from tests.store.rows import rows


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform that the tests of this module stop and start."""
    made = Platform(tmp_path_factory.mktemp("backup") / "data")
    yield made
    made.stop()


def test_a_platform_comes_back_from_its_backup_with_bookings_audit_and_sign_ins(
    own: Platform, tmp_path: Path
) -> None:
    own.start()
    file, data = tmp_path / "today.maia", str(own.data)
    first = own.book("alice", 3600, delay=3600)
    with closing(own.session("alice")) as browser:
        done = maia("backup", str(file), "--data", data)
        assert (done.returncode, done.stderr) == (0, "")
        assert file.stat().st_mode & 0o777 == 0o600
        assert "Homes are not in it" in done.stdout
        second = own.book("bob", 3600, delay=3600)
        used = maia("restore", str(file), "--data", data, "--replace")
        assert used.returncode == 1
        assert "uses this data folder already" in used.stderr
        with own.client("bob") as client:
            assert client.booking(second.id).id == second.id
        token = own.token("alice")

        own.stop()
        assert "--replace" in maia("restore", str(file), "--data", data).stderr
        (own.data / "homes" / "kept.txt").write_text("work")
        (own.data / "settings.json").write_text("{}")
        (own.data / "jupyterhub_cookie_secret").unlink()
        done = maia("restore", str(file), "--data", data, "--replace")
        assert (done.returncode, done.stderr) == (0, "")
        (kept,) = own.data.glob("before-restore-*")
        assert {"maia.db", "settings.json", "jupyterhub.sqlite"} <= {path.name for path in kept.iterdir()}

        own.start()
        assert browser.get("/hub/home").status_code == 200
    with own.client("alice") as client:
        assert own.token("alice") == token
        assert [booking.id for booking in client.bookings()] == [first.id]
    audit = [(event["action"], event["subject"]) for event in rows(f"sqlite:///{own.data}/maia.db")["events"]]
    assert ("booking.confirmed", str(first.id)) in audit
    assert str(second.id) not in [subject for _, subject in audit]
    assert (own.data / "homes" / "kept.txt").read_text() == "work"
    own.stop()


def test_a_backup_makes_a_platform_on_another_machine(own: Platform, tmp_path: Path) -> None:
    file, new = tmp_path / "today.maia", tmp_path / "new"
    assert maia("backup", str(file), "--data", str(own.data)).returncode == 0
    assert maia("restore", str(file), "--data", str(new)).returncode == 0
    assert not list(new.glob("before-restore-*"))
    assert (new / "settings.json").read_bytes() == (own.data / "settings.json").read_bytes()
    assert {path.name for path in new.iterdir() if path.stat().st_mode & 0o077} == set()


def test_what_is_no_platform_has_no_backup(tmp_path: Path) -> None:
    done = maia("backup", str(tmp_path / "x.maia"), "--data", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "no platform in that folder" in done.stderr
    assert list(tmp_path.iterdir()) == []
