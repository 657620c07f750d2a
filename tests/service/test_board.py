"""Every metric that the board of Grafana asks for is there, and what it asks is PromQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from maia_hub.core.bookings import BookingEvent
from maia_hub.core.errors import MaiaError
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, BookingId, UserName
from maia_hub.core.leases import LeaseEnd
from maia_hub.desk import Actor, Grant
from maia_hub.store.events import BACKUP_MADE
from tests.deployed.prometheus import scraping
from tests.kube.helm import CHART
from tests.platform import eventually
from tests.service.conftest import Running, ask

BOARD = json.loads((CHART / "files" / "board.json").read_text(encoding="utf-8"))
PANELS = {panel["title"]: panel for panel in BOARD["panels"]}
QUESTIONS = [(panel["title"], t["expr"]) for panel in BOARD["panels"] for t in panel["targets"]]


def selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    """Yield what a question reads."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "args", "vector_selector"):
        inner = getattr(node, name, None)
        for each in inner if isinstance(inner, list) else [inner]:
            if each is not None:
                yield from selectors(each)


def read(question: str) -> list[promql_parser.VectorSelector]:
    return list(selectors(promql_parser.parse(question)))


def samples(service: Running) -> dict[str, list[dict[str, str]]]:
    """Return the labels of every sample of a real answer, by its name."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(service.raw().get(f"{service.url}/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


@pytest.fixture
def busy(service: Running) -> Running:
    """Something of everything: a booking that is revoked, one that is refused, a session that ended."""
    client = service.client("alice")
    booking = client.book(ask(service, minutes=5))
    for gpus, minutes in ((9, 5), (1, 0.01)):
        with pytest.raises(MaiaError):
            client.book(ask(service, gpus=gpus, minutes=minutes))
    given = service.desk.grant(
        UserName("bob"), DEFAULT_SERVER, DEFAULT_PROJECT, "idle:simulated-gpu", service.clock()
    )
    assert isinstance(given, Grant)
    service.desk.ended(given.id, LeaseEnd.EXPIRED, service.clock())
    boss = Actor(UserName("carol"), admin=True)
    service.desk.end(boss, BookingId(booking.id), BookingEvent.REVOKE, "the power is off", service.clock())
    return service


@pytest.mark.parametrize(("title", "question"), QUESTIONS)
def test_every_question_is_promql(title: str, question: str) -> None:
    assert read(question), title


def test_every_metric_and_label_that_the_board_asks_for_is_in_a_real_answer(busy: Running) -> None:
    there = samples(busy)
    for title, question in QUESTIONS:
        for selector in read(question):
            assert selector.name in there, f"{title}: {selector.name} is in no answer"
            asked = (
                {each.name: each.value for each in selector.matchers.matchers} if selector.matchers else {}
            )
            for label in asked.keys() - {"job"}:
                assert any(label in labels for labels in there[selector.name]), f"{title}: {label}"
                value = asked[label]
                if "$" not in value and "." not in value:
                    assert any(labels[label] == value for labels in there[selector.name]), f"{title}: {value}"


def test_a_real_prometheus_answers_every_question_and_counts_the_first_refusal(
    busy: Running, tmp_path: Path
) -> None:
    with scraping(tmp_path, "maia", f"{busy.url}/metrics", "1s") as url:

        def answer(question: str) -> list[float]:
            query = question.replace("$job", ".*").replace("$pool", ".*")
            reply = httpx.get(f"{url}/api/v1/query", params={"query": query}).raise_for_status().json()
            return [float(each["value"][1]) for each in reply["data"]["result"]]

        for title, question in QUESTIONS:
            if "5.." not in question:  # nothing has failed
                eventually(partial(answer, question), f"{title}: {question}")
        past = 'increase(maia_refusals_total{rule="past"}[1h])'
        assert answer(past) == [0]
        with pytest.raises(MaiaError):
            busy.client("bob").book(ask(busy, start=busy.soon() - timedelta(days=1)))
        eventually(lambda: answer(past)[0] > 0, "the first refusal counts")


def test_numbers_by_pool_add_up_and_name_nobody(busy: Running) -> None:
    text = busy.raw().get(f"{busy.url}/metrics").text
    for state, count in (("all", 2), ("booked", 0), ("idle", 0), ("lent", 0), ("free", 2)):
        assert f'maia_pool_gpus{{pool="simulated-gpu",state="{state}"}} {count}.0' in text
    assert 'maia_waiting{kind="idle-gpu",pool="simulated-gpu"} 0.0' in text
    assert 'maia_expiries{outcome="overdue"} 0.0' in text
    assert "maia_refusals_total{rule=" in text
    assert "alice" not in text
    assert "bob" not in text


def test_a_rule_that_has_refused_nothing_is_there_with_zero_so_that_its_first_refusal_is_an_increase(
    service: Running,
) -> None:
    before = {labels["rule"] for labels in samples(service)["maia_refusals_total"]}
    client = service.client("alice")
    for gpus, minutes in ((9, 5), (1, 0.01)):
        with pytest.raises(MaiaError):
            client.book(ask(service, gpus=gpus, minutes=minutes))
    assert {labels["rule"] for labels in samples(service)["maia_refusals_total"]} == before
    assert before >= {"min-duration", "project-weekly-hours", "no-room"}


def test_when_the_last_scheduled_backup_was_is_a_number_and_nothing_while_there_is_none(
    service: Running,
) -> None:
    assert "maia_last_backup_timestamp_seconds" not in samples(service)
    with service.desk._write(service.clock()) as work:
        work.record("platform", BACKUP_MADE, "maia-20260302-120000.maia", UserName(""))
    text = service.raw().get(f"{service.url}/metrics").text
    (line,) = [line for line in text.splitlines() if line.startswith("maia_last_backup_timestamp_seconds")]
    assert float(line.split()[1]) == pytest.approx(service.clock().timestamp(), abs=60)


def test_the_board_lies_on_one_page_without_a_gap_between_panels() -> None:
    taken = [
        (x, y)
        for panel in BOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(PANELS) == len(BOARD["panels"])
