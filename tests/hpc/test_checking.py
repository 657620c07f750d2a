"""The check of a system: what holds is told, what does not comes with how to mend it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from maia_hub.hpc.checking import check
from maia_hub.hpc.findings import Finding
from maia_hub.hpc.local import LocalTransport
from maia_hub.hpc.systemfiles import LOCAL
from maia_hub.hpc.systems import Container, Defaults, Endpoint, Gpus, System
from maia_hub.hpc.transport import Completed, FileStat, SignInAgain, Transport
from tests.hpc.cluster import CLUSTER, OnCluster
from tests.slurm.site import Site


def found(system: System, transport: Transport, files: Transport | None = None) -> dict[str, Finding]:
    other = (files, "runs") if files else None
    return {each.what: each for each in asyncio.run(check(system, transport, other))}


def changed(**values: object) -> System:
    return CLUSTER.model_copy(update=values)


def test_all_of_a_good_system_is_told_and_no_job_is_left(site: Site) -> None:
    cluster = OnCluster(site)
    told = found(CLUSTER, cluster)
    assert [each.what for each in told.values() if not each.good] == []
    assert {"login", "clock", "run folder", "scheduler", "controller", "JSON", "accounting"} <= set(told)
    assert {"partitions", "GPUs", "job", "GPU request"} <= set(told)
    assert told["clock"].said == "as here"
    assert "to start at" in told["GPU request"].said
    assert "check-maia" not in site.slurm.run("squeue", "-h", "-t", "all", "-o", "%j")


@pytest.mark.parametrize(
    ("system", "what", "advice"),
    [
        (
            changed(gpus=Gpus(request="gres", types=("A100",), type_required=True)),
            "GPU request",
            "request (gpus",
        ),
        (changed(defaults=Defaults(partition="nowhere")), "job", "partition"),
        (changed(work="/proc/nowhere"), "run folder", "work"),
        (changed(container=Container(runtime="apptainer")), "container", "modules that bring apptainer"),
    ],
)
def test_what_does_not_hold_comes_with_how_to_mend_it(
    site: Site, system: System, what: str, advice: str
) -> None:
    told = found(system, OnCluster(site))[what]
    assert not told.good
    assert advice in told.advice


def test_an_account_of_somebody_else_is_told_with_ones_own(counted_site: Site) -> None:
    cluster = OnCluster(counted_site)
    told = found(changed(defaults=Defaults(account="theirs")), cluster)
    assert (told["account"].good, told["accounting"].said) == (False, "on")
    assert "Yours are: lab" in told["account"].advice
    assert found(changed(defaults=Defaults(account="lab")), cluster)["account"].good
    unnamed = found(changed(account_required=True), cluster)
    assert "no account is named" in unnamed["job"].said


class Answers(LocalTransport):
    """This machine, but for some answers: a quota, a clock that is wrong and an address cannot be had for real here."""

    def __init__(self, home: Path, **answers: str) -> None:
        super().__init__(home)
        self._answers = answers

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = 60,
    ) -> Completed:
        for part, said in self._answers.items():
            if part in " ".join(argv):
                return Completed(0, said.encode(), b"")
        return await super().run(argv, stdin=stdin, env=env, cwd=cwd, timeout=timeout)


def test_a_full_quota_a_wrong_clock_and_the_address_are_told(tmp_path: Path) -> None:
    transport = Answers(
        tmp_path, SSH_CONNECTION="192.0.2.7", quota="/home 900* 800 1000\n", date="1000000000\n"
    )
    system = LOCAL.model_copy(update={"control": Endpoint(host="a", from_address=True)})
    told = found(system, transport)
    assert told["address"].said == "192.0.2.7; keys are tied to it"
    assert not told["quota"].good
    assert "Remove" in told["quota"].advice
    assert told["clock"].said.endswith("behind this one")


class Shut(LocalTransport):
    """An endpoint that lets nobody in."""

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = 60,
    ) -> Completed:
        raise SignInAgain("a does not let you in")

    async def stat(self, path: str, *, follow: bool = True) -> FileStat:
        raise SignInAgain("a does not let you in")


def test_who_is_not_let_in_is_told_of_addresses_where_keys_are_tied_to_them(tmp_path: Path) -> None:
    tied = changed(control=Endpoint(host="a", from_address=True))
    login = found(tied, Shut(tmp_path))["login"]
    assert login.said == "a does not let you in."
    assert login.advice.startswith("See whether ssh gets you there. Keys there hold for some addresses")
    assert "addresses" not in found(CLUSTER, Shut(tmp_path))["login"].advice
    other = found(LOCAL, LocalTransport(tmp_path), Shut(tmp_path))["transfer"]
    assert (other.good, "does not let you in" in other.said) == (False, True)
