"""Projects and their data on a system: where they are, how a job finds them, and that jobs run on what was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.broker.client import BrokerClient
from maia_hub.hpc.jobs import Jobs
from maia_hub.hpc.jobspec import JobSpec, job_spec
from maia_hub.hpc.projects import Sent, placed
from maia_hub.hpc.systemfiles import LOCAL, home_folder
from maia_hub.hpc.systems import Container, Endpoint, System
from maia_hub.hpc.transfer.progress import Progress
from maia_hub.hpc.verbs import Verbs
from tests.hpc.people import Home
from tests.hpc.transfer.folders import put
from tests.platform import eventually
from tests.slurm.site import Site

SENT = Sent("/w/projects/p-1", ("/w/data/a-2", "/w/data/b-3"), base="/w")


def test_a_folder_has_one_name_that_no_other_has(jobs: Jobs, tmp_path: Path) -> None:
    one = jobs.folder_name(tmp_path / "it's $(code)")
    assert one == jobs.folder_name(tmp_path / "it's $(code)")
    assert one.startswith("it-s-code-")
    assert one != jobs.folder_name(tmp_path / "elsewhere" / "it's $(code)")
    assert jobs.folder_name(Path("/tmp/\udcff")).startswith("folder-")


def test_a_job_runs_in_its_project_and_is_told_its_data() -> None:
    spec = placed(
        job_spec(name="x", command=["true"], environment={"A": "b"}, signal={"before": "3min"}), SENT, "t"
    )
    assert (spec.code, spec.folder) == ("/w/projects/p-1", "/w/t/code")
    assert spec.environment == {"A": "b", "MAIA_DATA": "/w/data/a-2:/w/data/b-3"}
    inside = placed(job_spec(name="x", command=["true"], folder="src"), SENT, "t")
    assert inside.folder == "/w/t/code/src"
    own = placed(job_spec(name="x", command=["true"], environment={"MAIA_DATA": "/mine"}), SENT, "t")
    assert own.environment == {"MAIA_DATA": "/mine"}


def test_a_container_sees_code_and_data() -> None:
    spec = placed(job_spec(name="x", command=["true"], container={"image": "a.sif"}), SENT, "t")
    assert spec.container is not None
    assert [each.source for each in spec.container.binds] == ["/w/t/code", *SENT.data]


def test_a_job_made_of_an_earlier_one_runs_in_a_copy_of_its_own() -> None:
    earlier = f"maia-{'0' * 16}"
    spec = placed(job_spec(name="x", command=["true"], folder="src", container={"image": "a"}), SENT, earlier)
    again = placed(spec, Sent(None), "maia-new")
    assert (again.code, again.folder) == ("/w/projects/p-1", "/w/maia-new/code/src")
    assert again.container is not None
    assert [each.source for each in again.container.binds] == ["/w/maia-new/code", *SENT.data]
    plain = job_spec(name="x", command=["true"], folder=f"/w/{earlier}/code")
    assert placed(plain, Sent(None), "maia-new") == plain


def test_a_preview_asks_nobody_and_names_the_folder(jobs: Jobs, tmp_path: Path) -> None:
    system = System(
        name="a", control=Endpoint(host="nowhere.invalid"), container=Container(runtime="apptainer")
    )
    verbs = Verbs(jobs=jobs)
    spec = job_spec(name="x", command=["true"])
    job = verbs.preview(spec, system, project=tmp_path, data=[tmp_path])
    assert f"cd -- '~/maia-jobs/{job.token}/code'" in job.script
    assert jobs.folder_name(tmp_path) in str(job_spec(**json.loads(job.spec)).code)
    assert jobs.all() == []


def test_on_this_machine_a_project_is_where_it_is(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()

    async def go() -> Sent:
        return await Verbs(jobs=jobs).send(LOCAL, tmp_path, [tmp_path / "d"])

    sent = asyncio.run(go())
    assert (sent.code, sent.data, sent.summaries) == (str(tmp_path), (str(tmp_path / "d"),), ())


@pytest_asyncio.fixture
async def verbs(at_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Verbs]:
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    home_folder().mkdir(parents=True)
    (home_folder() / "login.yaml").write_text("control: {host: login}\npoll: 1s\n")
    opened = Verbs()
    yield opened
    await opened.close()
    client = BrokerClient()
    await client.stop()
    await client.close()


def project(folder: Path) -> Path:
    put(folder / "main.sh", b'cat scans/one.txt "$MAIA_DATA/one.txt" > out.txt\n')
    put(folder / ".gitignore", b"*.pt\n")
    put(folder / ".maiaignore", b"notes\n")
    put(folder / "model.pt", b"large")
    put(folder / "notes" / "private.txt", b"mine")
    put(folder / "scans" / "one.txt", b"data\n")
    return folder


@pytest.mark.asyncio
async def test_code_and_data_travel_once_and_the_job_runs_on_them(
    verbs: Verbs, site: Site, tmp_path: Path
) -> None:
    here = project(tmp_path / "project")
    system = verbs.system("login")
    told: list[tuple[Path, Progress]] = []

    async def submit(**options: None) -> Path:
        spec: JobSpec = job_spec(name="x", command=["bash", "main.sh"], memory="10M", options=options)
        job = await verbs.submit(
            spec, system, project=here, data=[here / "scans"], told=lambda *state: told.append(state)
        )
        return site.account.home / job.folder / "code"

    async def wrote(code: Path, text: str) -> bool:
        out = code / "out.txt"
        return await asyncio.to_thread(
            eventually, lambda: out.exists() and out.read_text() == text, f"{code}: {text}"
        )

    waits = await submit(hold=None)
    there = site.account.home / "maia-jobs" / "projects" / verbs.jobs.folder_name(here)
    ours = {str(each.relative_to(there)) for each in there.rglob("*") if ".maia-transfer" not in each.parts}
    assert ours - {"scans/one.txt"} == {"main.sh", ".gitignore", ".maiaignore", "scans"}
    assert (there / "scans").is_symlink()
    assert {folder for folder, _ in told} == {here, here / "scans"}
    put(here / "main.sh", b"echo changed > out.txt\n")
    told.clear()
    assert await wrote(await submit(), "changed\n")
    assert not told  # so little goes along with the submission
    await _over(verbs, system, 1)
    # The job that waits runs the code that was sent with it.
    (held,) = [each for each in verbs.jobs.all() if waits.parent.name == each.token]
    site.slurm.run("scontrol", "release", str(held.job_id))
    assert await wrote(waits, "data\ndata\n")
    assert not (there / "out.txt").exists()
    back = tmp_path / "back"
    await verbs.fetch(held.token, back, ["out.txt", "manifest"])
    assert [str(each.relative_to(back)) for each in back.rglob("*") if each.is_file()] == ["code/out.txt"]
    await _over(verbs, system, 2)
    assert (await verbs.clean(system, timedelta(days=1))).jobs == 0
    assert (await verbs.clean(system, timedelta(0), remove=False)).jobs == 2
    assert (waits / "main.sh").exists()
    assert (await verbs.clean(system, timedelta(0))).jobs == 2
    assert (waits / "out.txt").read_text() == "data\ndata\n"
    assert not (waits / "main.sh").exists()
    assert (there / "main.sh").read_bytes() == b"echo changed > out.txt\n"


async def _over(verbs: Verbs, system: System, jobs: int) -> None:
    """Wait until so many jobs are known to be over."""

    async def go() -> None:
        while [each.state for each in verbs.jobs.all()].count("COMPLETED") != jobs:
            await verbs.refresh(system)
            await asyncio.sleep(0.1)

    await asyncio.wait_for(go(), 120)


@pytest.mark.asyncio
async def test_data_that_went_as_code_before_make_room_and_what_a_job_put_there_is_kept(
    verbs: Verbs, site: Site, tmp_path: Path
) -> None:
    here = project(tmp_path / "project")
    system = verbs.system("login")
    there = Path(str((await verbs.send(system, here)).code))
    assert (there / "scans" / "one.txt").is_file()
    assert not (there / "scans").is_symlink()
    put(there / "scans" / "made.txt", b"by a job")
    with pytest.raises(InvalidInput, match="scans is there already"):
        await verbs.send(system, here, [here / "scans"])
    (there / "scans" / "made.txt").unlink()
    await verbs.send(system, here, [here / "scans"])
    assert (there / "scans").is_symlink()
    with pytest.raises(InvalidInput, match="no folder"):
        await verbs.send(system, tmp_path / "nothing")


@pytest.mark.asyncio
async def test_a_job_that_is_refused_beforehand_sends_nothing(
    verbs: Verbs, site: Site, tmp_path: Path
) -> None:
    here = project(tmp_path / "project")
    system = verbs.system("login").model_copy(update={"account_required": True})
    with pytest.raises(InvalidInput, match="account"):
        await verbs.submit(job_spec(name="x", command=["true"]), system, project=here)
    assert not (site.account.home / "maia-jobs" / "projects" / verbs.jobs.folder_name(here)).exists()
