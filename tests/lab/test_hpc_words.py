"""What the magics for Slurm read and show, without a kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ipywidgets.widgets.widget_box import VBox

from maia_hub.core.errors import InvalidInput
from maia_hub.hpc.jobs import Job
from maia_hub.hpc.jobspec import job_spec
from maia_hub.hpc.submitting import describe
from maia_hub.hpc.systemfiles import LOCAL
from maia_lab.hpc.commandline import job_values, parse_cell, with_system
from maia_lab.hpc.errors import NotDone
from maia_lab.hpc.frames import SEPARATOR, jobs_table, table
from maia_lab.hpc.handles import ended_lines
from maia_lab.hpc.widget import BOX, bundle, log_html, progress_html, waits, where
from maia_lab.words import names

JOB: Job = replace(describe(job_spec(name="a <b>", command=["true"]), LOCAL), job_id="12")


def test_the_line_of_a_cell_is_read_with_names_divided_as_people_do() -> None:
    words = parse_cell("--system x --gpus 1 --time 1 h 30 min --in a,b c, --out d --env A=1 B=2=3 -b")
    assert (words.system, words.given, words.wanted, words.background) == ("x", ["a", "b", "c"], ["d"], True)
    spec = job_spec(**job_values(words), command=["true"])
    assert (spec.gpus, str(spec.time), dict(spec.environment)) == (1, "1:30:00", {"A": "1", "B": "2=3"})
    assert names(["a,a", "a"]) == ["a"]


@pytest.mark.parametrize("line", ["--gpus many", "code", "--in 'x", "--wat 1", "--env A"])
def test_a_mistake_in_the_line_is_an_error_that_says_what_to_write(line: str) -> None:
    with pytest.raises(InvalidInput):
        job_values(parse_cell(line))


def test_the_system_is_found_among_the_words_of_another_command() -> None:
    assert with_system("--me --system x -u 'a b'") == ("x", ["--me", "-u", "a b"])
    assert with_system("--system=x") == ("x", [])
    assert with_system("--me") == (None, ["--me"])
    with pytest.raises(InvalidInput, match="name of a system"):
        with_system("--me --system")


def test_what_slurm_says_becomes_a_table_whatever_stands_in_names() -> None:
    lines = [["JOBID", " NAME", "NODES"], ["7", "a|b, 'c'", "2"], ["8_1", "", "10"], ["9"]]
    found = table("\n".join(map(SEPARATOR.join, lines[:3])) + "\n")
    assert list(found.columns) == ["JOBID", "NAME", "NODES"]
    assert found["JOBID"].tolist() == ["7", "8_1"]
    assert found["NAME"].tolist() == ["a|b, 'c'", ""]
    assert found["NODES"].sum() == 12
    assert table("\n".join(map(SEPARATOR.join, lines)))["NODES"].tolist() == ["2", "10", ""]
    assert list(table("")) == [""]
    assert len(table(SEPARATOR.join(lines[0]))) == 0
    assert jobs_table([JOB])["token"].tolist() == [JOB.token]


def test_a_widget_says_where_a_job_is_and_shows_of_its_log_what_a_terminal_would() -> None:
    assert where(JOB) == f"job 12 on local · %hpc {JOB.token}"
    pending = replace(
        JOB, state="PENDING", reason="Priority", expected_start="2026-11-22T10:00:00+00:00", exit_code="0:0"
    )
    assert (
        waits(pending, (3, 7)) == "number 3 of 7 that wait expected to start 2026-11-22 10:00 UTC (Priority)"
    )
    assert waits(replace(pending, expected_start="", reason=""), None) == ""
    assert waits(replace(pending, state="RUNNING"), (3, 7)) == ""
    log = log_html("one\n 10%|\r 20%|\r\n<script>\n")
    assert "\n 20%|\n&lt;script&gt;</pre>" in log
    assert "10%" not in log
    assert log_html("") == ""
    assert "value='40'" in progress_html(40)
    assert progress_html(None) == ""


def test_a_box_is_drawn_by_our_extension_or_by_widgets_or_said_in_words() -> None:
    shown = bundle(JOB, VBox([]))
    assert shown[BOX] == {"token": JOB.token, "name": JOB.name, "system": "local"}
    assert "model_id" in shown["application/vnd.jupyter.widget-view+json"]
    assert shown["text/plain"] == f"{JOB.name} on local · %hpc {JOB.token}"
    drawn = Path(__file__).parents[2] / "labextension" / "src" / "hpc" / "box.tsx"
    assert f"const MIME = '{BOX}'" in drawn.read_text()


def test_an_end_that_is_not_good_is_said_with_what_to_do() -> None:
    lines = ended_lines(replace(JOB, state="TIMEOUT", exit_code="0:15"))
    assert lines[0] == "The job 12 on local has ended: TIMEOUT (0:15)"
    assert "ask for more" in lines[1]
    assert NotDone(lines)._render_traceback_()[0].startswith("Not done: The job 12")
