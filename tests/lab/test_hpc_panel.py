"""The panel's routes in a real Jupyter server, with plain processes as jobs."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook
from tornado.httpclient import HTTPClientError

from maia_hub.hpc.systemfiles import load
from maia_hub.hpc.systems import Endpoint
from tests.cli.commands import maia
from tests.lab.hpcpanel import Panel
from tests.waiting import until

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture
def home(jp_environ: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "panel"
    made.mkdir()
    monkeypatch.setenv("HOME", str(made))
    monkeypatch.setenv("MAIA_HPC_RUN", str(tmp_path / "run"))
    return made


async def test_a_job_is_submitted_watched_read_and_ended_for_all_who_listen(panel: Panel) -> None:
    async with panel.listening("feed") as one, panel.listening("feed") as other:
        await until(lambda: one.of("state") and other.of("state"), "two browsers")
        assert [each["name"] for each in one.of("state")[0]["systems"]] == ["local"]
        token = await panel.submitted(one, "echo hello; echo ünï >&2; exit 3", time="5min")
        await until(lambda: (other.job(token) or {}).get("over"), "the end of the job")
        ended = other.job(token)
        assert (ended["state"], ended["group"], ended["exit_code"]) == ("FAILED", "failed", "3:0")
        assert ended["advice"].startswith("Its command ended with an error")
    async with panel.listening("jobs", token, "log") as log:
        await until(lambda: log.of("end"), "the end of the log")
        assert "".join(piece["text"] for piece in log.of("piece")) == "hello\nünï\n"
    assert await panel.call("GET", "jobs", token, "efficiency") is None  # nobody counts on this machine
    names = await panel.call("GET", "jobs", token, "logs")
    assert len(names) == 1
    assert names[0].startswith("slurm-")


async def test_a_job_of_the_command_line_appears_and_is_cancelled_here(panel: Panel, home: Path) -> None:
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        done = await asyncio.to_thread(maia, "hpc", "submit", "--json", "--", "sleep", "600", HOME=str(home))
        token = json.loads(done.stdout)["token"]
        await until(lambda: stream.job(token), "the job of the command line")
        task = await panel.call("POST", "jobs", token, "cancel", tab="t")
        await until(lambda: (stream.job(token) or {}).get("state") == "CANCELLED", "its end")
        await until(lambda: stream.over(task["id"]), "the end of the task")
        await panel.call("DELETE", "jobs", token)
        await until(lambda: stream.of("forgotten"), "that it is gone")


async def test_an_end_is_for_one_browser_to_tell_and_not_before_it_has_come(panel: Panel, home: Path) -> None:
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        go = home / "go"
        waits = await panel.submitted(stream, f"until [ -e {go} ]; do sleep 0.1; done")
        done = await panel.submitted(stream, "true")
        await until(lambda: (stream.job(done) or {}).get("over"), "the end of one")
        assert await panel.call("POST", "told", tokens=[waits]) == []
        both = await asyncio.gather(*(panel.call("POST", "told") for _ in range(2)))
        assert sorted(both) == [[], [done]]
        go.touch()
        await until(lambda: (stream.job(waits) or {}).get("over"), "the end of the other")
        assert await panel.call("POST", "told", tokens=[done, waits]) == [waits]


async def test_a_log_goes_on_while_it_is_written(panel: Panel, home: Path) -> None:
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        go = home / "go"
        token = await panel.submitted(stream, f"echo one; until [ -e {go} ]; do sleep 0.1; done; echo two")
        async with panel.listening("jobs", token, "log") as log:
            await until(lambda: log.of("piece"), "the first line")
            assert log.of("piece")[0]["text"] == "one\n"
            seen = await panel.call("GET", "jobs", token, "glance")
            assert seen == {"tail": "one\n", "percent": None, "place": None}
            go.touch()
            await until(lambda: log.of("end"), "its end")
            assert log.of("piece")[-1]["text"] == "two\n"


async def test_the_preview_is_the_script_that_is_submitted_and_the_form_makes_it_again(panel: Panel) -> None:
    form = {
        "system": "local",
        "name": "a b",
        "command": "echo 'it''s' > x && true",
        "time": "90min",
        "cpus": "2",
        "memory": "4G",
        "environment": "A=1\nB='x y'",
    }
    script = (await panel.call("POST", "preview", **form))["script"]
    assert "#SBATCH --time=0-01:30:00" in script
    assert "export B='x y'" in script
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        token = await panel.submitted(stream, **form)
    page = await panel.call("GET", "jobs", token)
    again = (await panel.call("POST", "preview", **page["form"]))["script"]
    assert [line for line in again.splitlines() if "maia-" not in line] == [
        line for line in page["script"].splitlines() if "maia-" not in line
    ]
    assert page["form"]["command"] == form["command"]
    assert page["form"]["time"] == "1h 30m"


async def test_what_cannot_be_is_said_with_what_to_do(panel: Panel) -> None:
    said = await panel.problem("POST", "preview", system="local", command="true", memory="much")
    assert (said["status"], said["type"]) == (422, "urn:maia:invalid-input")
    assert "memory: must be a whole number with a unit" in said["detail"]
    said = await panel.problem("POST", "preview", system="nowhere", command="true")
    assert (said["status"], "There is no system" in said["detail"]) == (404, True)
    assert "Systems are files in" in said["advice"]
    said = await panel.problem("GET", "jobs", "nothing")
    assert said["status"] == 404
    said = await panel.problem("POST", "jobs", tab="t", form={"command": "true", "array": "1-2"})
    assert "no array" in said["detail"]
    said = await panel.problem("POST", "tasks", "00", question="x", answer="123")
    assert said["status"] == 404


async def test_a_broken_system_is_told_and_hides_no_other(panel: Panel, home: Path) -> None:
    folder = home / ".maia" / "systems"
    folder.mkdir(parents=True)
    (folder / "alvis.yaml").write_text("preset: alvis\nuser: ada\n")
    (folder / "bad.yaml").write_text("control: {host: a}\npol: 3s\n")
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        state = stream.of("state")[0]
    assert [each["name"] for each in state["systems"]] == ["alvis", "local"]
    assert state["systems"][0]["connection"] == "closed"
    assert "line 2: pol" in state["broken"][0]["problem"]["detail"]
    presets = {each["name"]: each["values"] for each in state["systems"][0]["presets"]}
    for values in presets.values():
        form = {"system": "alvis", "command": "true", "account": "N1", **values}
        assert "#SBATCH" in (await panel.call("POST", "preview", **form))["script"]


async def test_a_system_is_added_by_a_form_once_and_only_if_it_is_one(panel: Panel, home: Path) -> None:
    preset = {"name": "mine", "preset": "berzelius", "user": "x_ada", "account": "b-2026-1", "time": "4h"}
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        assert await panel.call("POST", "systems", **preset) == {"name": "mine"}
        await until(lambda: stream.of("systems"), "the new system")
        assert [each["name"] for each in stream.of("systems")[-1]["systems"]] == ["local", "mine"]
    written = home / ".maia" / "systems" / "mine.yaml"
    assert yaml.safe_load(written.read_text()) == {
        "preset": "berzelius",
        "user": "x_ada",
        "defaults": {"account": "b-2026-1", "time": "4h"},
    }
    assert written.stat().st_mode & 0o777 == 0o600
    await panel.call("POST", "systems", name="other", host="login.example.org", user="ada")
    assert load("other").control == Endpoint(host="login.example.org", user="ada")
    for form, said in (
        ({**preset, "user": "somebody"}, "There is a system mine already"),
        ({"name": "Not a name", "host": "x"}, "no name for a system"),
        ({"name": "../x", "host": "x"}, "no name for a system"),
        ({"name": "local", "host": "x"}, "no name for a system"),
        ({"name": "bianca", "preset": "bianca", "user": "ada"}, "project must be said"),
        ({"name": "none", "preset": "none"}, "there is no preset"),
        ({"name": "late", "host": "x", "time": "soon"}, "time"),
        ({"name": "empty"}, "control"),
    ):
        problem = await panel.problem("POST", "systems", **form)
        assert problem["status"] == 422
        assert said in problem["detail"]
    assert sorted(each.name for each in written.parent.iterdir()) == ["mine.yaml", "other.yaml"]
    assert load("mine").control == Endpoint(host="berzelius1.nsc.liu.se", user="x_ada")


@pytest.mark.parametrize(
    "form",
    [
        "x",
        ["x"],
        {"command": 7, "modules": 7},
        {"command": {"a": 1}},
        {"command": "true", "rest": [1]},
        {"command": "true", "rest": {"options": 1}},
        {"command": "true", "environment": 5},
        {"command": "true", "system": "../x\0"},
        {"command": "true", "send": "x"},
        {"command": "true", "send": {"kind": 1, "path": "a\0b"}},
        {"command": "true", "send": {"kind": "folder", "path": "\ud800"}},
        {"command": "tr\ud800ue", "nodes": 10**30},
    ],
)
async def test_what_no_form_sends_is_refused_in_words(panel: Panel, form: object) -> None:
    for path, body in (("preview", form), ("jobs", {"tab": 3, "form": form})):
        sent = body if isinstance(body, dict) else {"form": body}
        told = await panel.problem("POST", path, **sent)
        assert told["status"] in {400, 404, 422}, told
        assert told["detail"]


async def test_it_asks_for_a_token(home: Path, jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("maia", "hpc", "jobs", method="POST", body="{}", headers={"Authorization": ""})
    assert caught.value.code == 403


async def test_files_of_a_job_are_listed_and_fetched_into_the_folder_that_is_shown(
    panel: Panel, jp_root_dir: Path
) -> None:
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        token = await panel.submitted(stream, "mkdir out; echo 1 > out/a.pt; echo 2 > out/b.txt")
        await until(lambda: (stream.job(token) or {}).get("over"), "the end of the job")
        names = {each["name"]: each for each in await panel.call("GET", "jobs", token, "files")}
        assert names["out"]["folder"]
        inside = await panel.call("GET", "jobs", token, "files?path=out")
        assert [(each["name"], each["size"]) for each in inside] == [("a.pt", 2), ("b.txt", 2)]
        assert (await panel.problem("GET", "jobs", token, "files?path=../.."))["status"] == 422
        task = await panel.call("POST", "jobs", token, "fetch", tab="t", to="results/x", patterns=["*.pt"])
        await until(lambda: stream.over(task["id"]), "the files")
        assert stream.task(task["id"])["result"] == {"files": 1, "path": "results/x"}
    assert (jp_root_dir / "results" / "x" / "out" / "a.pt").read_text() == "1\n"
    assert not (jp_root_dir / "results" / "x" / "out" / "b.txt").exists()
    said = await panel.problem("POST", "jobs", token, "fetch", tab="t", to="../../elsewhere")
    assert "in the folder that the file browser shows" in said["detail"]


async def test_a_notebook_is_executed_there_and_comes_back_beside_itself(
    panel: Panel, jp_root_dir: Path
) -> None:
    (jp_root_dir / "work").mkdir()
    notebook = new_notebook(cells=[new_code_cell("print(6 * 7)"), new_code_cell("1 / 0")])
    nbformat.write(notebook, jp_root_dir / "work" / "my train.ipynb")
    send = {"kind": "notebook", "path": "work/my train.ipynb"}
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        token = await panel.submitted(stream, "", name="train", send=send)
        await until(lambda: stream.returned(token), "what ran", seconds=120)
        assert stream.returned(token)["result"]["path"] == "work/my train.executed.ipynb"
        assert stream.job(token)["state"] == "FAILED"  # its second cell does, and what ran before is there
    executed = nbformat.read(jp_root_dir / "work" / "my train.executed.ipynb", as_version=4)
    assert executed.cells[0].outputs[0].text == "42\n"
    assert executed.cells[1].outputs[0].ename == "ZeroDivisionError"
    again = (await panel.call("GET", "jobs", token))["form"]
    assert (again["send"], again["command"]) == (send, "")


async def test_a_folder_goes_along_without_what_is_ignored_and_the_job_runs_in_it(
    panel: Panel, jp_root_dir: Path
) -> None:
    code = jp_root_dir / "code"
    (code / "deep").mkdir(parents=True)
    (code / "deep" / "a.txt").write_text("hello")
    (code / ".gitignore").write_text("*.bin\n")
    (code / "large.bin").write_text("no")
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
        send = {"kind": "folder", "path": "code"}
        token = await panel.submitted(stream, "cat deep/a.txt; ls large.bin", send=send)
        await until(lambda: (stream.job(token) or {}).get("over"), "the end of the job")
    async with panel.listening("jobs", token, "log") as log:
        await until(lambda: log.of("end"), "the end of the log")
        text = "".join(piece["text"] for piece in log.of("piece"))
    assert text.startswith("hello")
    assert "No such file" in text
    said = await panel.problem("POST", "preview", command="true", send={"kind": "folder", "path": "none"})
    assert (said["status"], "There is no folder" in said["detail"]) == (404, True)


async def test_a_server_without_the_library_says_what_to_install(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "maia_lab.hpc.paneldesk", None)
    said = await panel.problem("GET", "state")
    assert (said["status"], said["title"]) == (503, "Not available at the moment")
    assert "pip install 'maia-hub[hpc]'" in said["advice"]


async def test_listening_is_no_activity_of_the_server(panel: Panel, jp_serverapp: Any) -> None:
    before = jp_serverapp.web_app.last_activity()
    async with panel.listening("feed") as stream:
        await until(lambda: stream.of("state"), "a browser")
    await panel.call("GET", "state")
    assert jp_serverapp.web_app.last_activity() == before
