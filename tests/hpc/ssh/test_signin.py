"""Signing in as people do: keys, passphrases, codes, jump hosts, and hosts that are not what they were."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.questions import nobody
from maia_hub.hpc.ssh.target import Target
from maia_hub.hpc.transport import ConnectionLost, HostKeyChanged, SignInAgain
from tests.hpc.people import Home, Person
from tests.slurm.codes import asking
from tests.slurm.site import Site
from tests.slurm.sshd import new_key

pytestmark = pytest.mark.asyncio


async def whoami(link: Link) -> str:
    """Return who one is there."""
    return (await link.run(["id", "-un"])).text.strip()


async def test_a_key_from_the_configuration_lets_in_without_a_question(site: Site, at_home: Home) -> None:
    link = Link(Target(host="login"))
    assert await whoami(link) == site.account.name
    await link.close()


async def test_a_new_host_key_is_shown_and_remembered_hashed(site: Site, home: Home) -> None:
    home.host("login", site.sshd.port, site.account)
    person = Person(host_key="yes")
    link = Link(Target(host="login"))
    with pytest.raises(SignInAgain):
        await link.run(["true"])
    await link.sign_in(person)
    await link.close()
    (question,) = person.asked
    shown = subprocess.run(
        ["ssh-keygen", "-lf", site.sshd.folder / "host_key.pub"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split()[1] in question.text
    assert "127.0.0.1" not in home.known_hosts.read_text()
    assert home.known_hosts.stat().st_mode & 0o777 == 0o600
    await link.sign_in(nobody)
    assert await whoami(link) == site.account.name
    await link.close()
    found = ["ssh-keygen", "-f", str(home.known_hosts), "-F", f"[127.0.0.1]:{site.sshd.port}"]
    assert subprocess.run(found, capture_output=True, check=False).returncode == 0


async def test_who_says_no_to_a_host_key_is_not_connected(site: Site, home: Home) -> None:
    home.host("login", site.sshd.port, site.account)
    with pytest.raises(SignInAgain):
        await Link(Target(host="login")).sign_in(Person(host_key="no"))
    assert not home.known_hosts.exists()


async def test_a_changed_host_key_is_refused_loudly_whoever_is_there(site: Site, home: Home) -> None:
    home.host("login", site.sshd.port, site.account)
    other = new_key(home.ssh / "other").with_name("other.pub").read_text()
    home.known_hosts.write_text(f"[127.0.0.1]:{site.sshd.port} {other}")
    person = Person(host_key=("yes", "yes"))
    with pytest.raises(HostKeyChanged, match="listening in") as refused:
        await Link(Target(host="login")).sign_in(person)
    assert not person.asked
    assert "ssh-keygen -R" in str(refused.value.advice)
    assert "SHA256:" in str(refused.value.given)


async def test_a_passphrase_is_asked_for_and_the_way_back_needs_the_person_again(
    site: Site, home: Home
) -> None:
    account = site.add_account("grace", "open sesame")
    home.knows(site.sshd)
    home.host("login", site.sshd.port, account)
    link = Link(Target(host="login"))
    with pytest.raises(SignInAgain):
        await link.run(["true"])
    person = Person(passphrase=("wrong", "open sesame"))
    await link.sign_in(person)
    assert [question.kind for question in person.asked] == ["passphrase"] * 2
    assert await whoami(link) == account.name
    site.sshd.restart()
    while link.state == "open":
        await asyncio.sleep(0.02)
    tried = site.sshd.log.read_text().count("Connection from")
    with pytest.raises(SignInAgain):
        await whoami(link)
    assert link.state == "sign-in-again"
    assert site.sshd.log.read_text().count("Connection from") == tried  # it was not even tried


async def test_an_agent_lets_in(site: Site, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = home.folder / "agent"
    home.knows(site.sshd)
    home.host("login", site.sshd.port, None, User=site.account.name)
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            pass
        add = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        subprocess.run(["ssh-add", "-q", site.account.key], env=add, check=True)
        link = Link(Target(host="login"))
        await link.sign_in(nobody, agent=str(socket))
        assert await whoami(link) == site.account.name
        await link.close()
    finally:
        agent.terminate()
        agent.wait()


async def test_codes_are_asked_for_and_never_kept(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    with asking(("Password: ", "correct horse"), ("One-time code: ", "314159")) as node:
        home.host("login", node.port, None, User="ada")
        person = Person(host_key="yes", code=("correct horse", "314159"))
        link = Link(Target(host="login"))
        await link.sign_in(person)
        texts = [question.text for question in person.asked if question.kind == "code"]
        assert texts == ["Password: ", "One-time code: "]
        assert (await link.run(["echo", "in"])).text == "in\n"
        await link.close()
        with pytest.raises(SignInAgain):
            await link.run(["true"])
        with pytest.raises(SignInAgain):
            await link.sign_in(Person(code=["correct horse", "314159"] * 5))  # an expired code
    kept = [path.read_bytes() for path in home.folder.rglob("*") if path.is_file()]
    assert not any(b"314159" in each or b"horse" in each for each in kept)
    assert "314159" not in caplog.text


async def test_a_jump_host_is_checked_and_asked_like_any_other(site: Site, home: Home) -> None:
    site.jump.start()
    try:
        home.host("jump", site.jump.port, site.account)
        home.host("login", site.sshd.port, site.account, ProxyJump="jump")
        person = Person(host_key=("yes", "yes"))
        link = Link(Target(host="login"))
        await link.sign_in(person)
        assert [question.host for question in person.asked] == ["jump", "login"]
        said = await link.run(["sh", "-c", "echo $SSH_CONNECTION"])
        assert said.text.split()[3] == str(site.sshd.port)
        await link.close()
        assert "Accepted publickey" in site.jump.log.read_text()
        site.jump.stop()
        site.jump.new_host_key()
        site.jump.start()
        with pytest.raises(HostKeyChanged):
            await Link(Target(host="login")).sign_in(Person(host_key="yes"))
    finally:
        site.jump.stop()


async def test_jumps_in_a_circle_are_an_error(home: Home) -> None:
    home.host("a", 1, None, ProxyJump="b")
    home.host("b", 1, None, ProxyJump="a")
    with pytest.raises(InvalidInput, match="circle"):
        await Link(Target(host="a")).run(["true"])


async def test_a_host_that_is_not_there_is_not_reached(home: Home) -> None:
    with pytest.raises(ConnectionLost, match="cannot be reached") as lost:
        await Link(Target(host="127.0.0.1", port=1)).run(["true"])
    assert not lost.value.started


async def test_a_configuration_that_names_a_missing_key_still_works(site: Site, at_home: Home) -> None:
    config = at_home.ssh / "config"
    config.write_text(config.read_text() + f"  IdentityFile {Path('~/.ssh/nowhere')}\n")
    link = Link(Target(host="login"))
    assert await whoami(link) == site.account.name
    await link.close()
