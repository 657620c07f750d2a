"""The file of jobs: for threads, processes and forks at once, and one that somebody takes away."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from maia_hub.hpc.jobs import Job, Jobs, new_token
from tests.hpc.cluster import job


def test_threads_and_other_processes_write_at_once(jobs: Jobs, tmp_path: Path) -> None:
    other = Jobs(tmp_path / ".maia" / "jobs.sqlite")
    one = job("true")

    def add(number: int) -> None:
        token = new_token()
        (jobs, other)[number % 2].add(replace(one, token=token))
        (other, jobs)[number % 2].note(token, state="PENDING", job_id=str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))
    for each in (jobs, other):
        assert {int(found.job_id or -1) for found in each.all()} == set(range(80))


def add_by_itself(jobs: Jobs, each: Job) -> None:
    """Add a job, in a process that was forked: by a connection of its own."""
    before = jobs._held[-1]
    assert jobs.add(each)
    assert jobs._held[-1] is not before


def test_a_process_that_was_forked_writes_too(jobs: Jobs) -> None:
    one, two = replace(job("true"), token=new_token()), replace(job("true"), token=new_token())
    jobs.add(one)
    forked = multiprocessing.get_context("fork").Process(target=add_by_itself, args=(jobs, two))
    forked.start()
    forked.join(60)
    assert forked.exitcode == 0
    jobs.note(two.token, state="PENDING")
    assert {each.token for each in jobs.all()} == {one.token, two.token}


def test_a_file_that_was_taken_away_is_made_anew(jobs: Jobs, tmp_path: Path) -> None:
    one = job("true")
    jobs.add(one)
    for each in (tmp_path / ".maia").iterdir():
        each.unlink()
    assert jobs.all() == []
    other = Jobs(tmp_path / ".maia" / "jobs.sqlite")
    assert jobs.add(one)
    assert [each.token for each in other.all()] == [one.token]


def test_a_file_in_the_place_of_the_old_one_is_the_one_that_counts(jobs: Jobs, tmp_path: Path) -> None:
    one, two = replace(job("true"), token=new_token()), replace(job("true"), token=new_token())
    jobs.add(one)
    for each in (tmp_path / ".maia").iterdir():
        each.rename(tmp_path / each.name)
    Jobs(tmp_path / ".maia" / "jobs.sqlite").add(two)
    assert [each.token for each in jobs.all()] == [two.token]
