"""The published description is the truth: whatever it allows to be sent, what comes back is as it says.

Each operation is asked with values that its description allows and with values that it forbids (schemathesis), as
the one who may ask it, of the app itself on a real database; the clock stands, and the same is asked every time.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure
from requests import Request
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from maia_hub.core.bookings import Booking
from maia_hub.core.closing import DEMO
from maia_hub.core.ids import DEFAULT_PROJECT, PoolId, UserName
from maia_hub.core.interval import Interval
from maia_hub.core.policy import PRESETS, PolicySet
from maia_hub.desk import Actor, Asked, ClassWish, Desk, WebSession
from maia_hub.service import xsrf
from maia_hub.service.app import create_app
from maia_hub.service.people import digest
from maia_hub.service.sessions import COOKIE
from maia_hub.service.settings import Limits, ServiceSettings
from maia_hub.store import Store, upgrade
from tests.service.conftest import GPUS, SPAWNER_SECRET, HonestUsage
from tests.service.hub import SERVICE_SECRET

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
PREFIX = "/services/maia"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ALLOWED, FORBIDDEN = GenerationMode("positive"), GenerationMode("negative")
EXAMPLES = 20
"""Of each kind for each operation."""
_PEOPLE = {"alice": [], "ben": [], "eve": ["MAIA:ears"]}
"""Whom the hub knows, and her groups."""
ENDLESS = "/events"
"""The stream: its end is the listener's; other tests listen."""


class _People(BaseHTTPRequestHandler):
    """What the hub answers when it is asked who somebody is."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        known = name in _PEOPLE
        answer = json.dumps({"name": name, "groups": _PEOPLE[name]} if known else {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class App:
    """The app in this process, with an administrator and a user who are signed in, and bookings of hers."""

    folder: Path
    bookings: list[Booking] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        url = f"sqlite:///{self.folder}/maia.db"
        upgrade(url)
        self.store = Store(url)
        self.desk = Desk(self.store, PolicySet(PRESETS["open"]), DEMO, lambda _: None)
        self.desk.sync_inventory(GPUS, NOON)
        for name in ("alice", "carol"):
            self.desk.sign_ins.put(_sign_in(name))
        self.hub = ThreadingHTTPServer(("127.0.0.1", 0), _People)
        Thread(target=self.hub.serve_forever, daemon=True).start()
        made = ServiceSettings(
            hub_api_url=f"http://127.0.0.1:{self.hub.server_port}/hub/api",
            api_token=SERVICE_SECRET,
            spawner_token=SPAWNER_SECRET,
            limits=Limits(reading=None, writing=None, sign_ins=None),
        )
        self.app = create_app(self.desk, made, HonestUsage(), lambda: NOON)
        self.loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://service")
        for hour in range(4):
            interval = Interval(NOON + timedelta(hours=hour), NOON + timedelta(hours=hour + 1))
            asked = Asked(interval=interval, gpus=1, pool=self.desk.pools(NOON)[0].id)
            self.bookings.append(self.desk.book(Actor(UserName("alice")), asked, NOON))
        boss = Actor(UserName("carol"), admin=True)
        self.classes = [str(self.desk.make_class(boss, _class(n), NOON).course.id) for n in range(3)]

    def close(self) -> None:
        """Close what was opened."""
        self.loop.run_until_complete(self.http.aclose())
        self.loop.run_until_complete(self.app.state.context.hub.close())
        self.loop.close()
        self.hub.shutdown()
        self.hub.server_close()
        self.store.close()

    def send(self, case: Case[Any]) -> httpx.Response:
        """Send what was made up, all but who asks: that is somebody who may."""
        case.cookies.clear()
        case.headers.pop("Authorization", None)
        values = case.as_transport_kwargs(base_url="http://service", headers=_who(case.operation.path))
        made = Request(**{k: v for k, v in values.items() if k != "timeout"}).prepare()
        headers = [(k.encode(), v if isinstance(v, bytes) else v.encode()) for k, v in made.headers.items()]
        body: Any = made.body
        request = self.http.build_request(made.method or "", made.url or "", headers=headers, content=body)
        return self.loop.run_until_complete(self.http.send(request))


def _class(number: int) -> ClassWish:
    start = NOON + timedelta(days=number + 2)
    return ClassWish(
        name=f"Class {number}",
        project=DEFAULT_PROJECT,
        pool=PoolId("simulated-gpu"),
        gpus=1,
        first=Interval(start, start + timedelta(hours=1)),
        rule="FREQ=WEEKLY;COUNT=2",
        zone="UTC",
        roster="A,alice\n",
    )


def _sign_in(name: str) -> WebSession:
    return WebSession(
        digest=digest(name),
        user=UserName(name),
        admin=name == "carol",
        groups=(),
        hub_token="none",
        created=NOON,
        seen=NOON,
        expires=NOON + timedelta(days=1),
    )


def _who(path: str) -> dict[str, str]:
    subject = path.removeprefix(f"{PREFIX}/api/v1/").partition("/")[0]
    if subject == "spawner":
        return {"Authorization": f"Bearer {SPAWNER_SECRET}"}
    name = "carol" if subject in ("admin", "classes") else "alice"
    return {"Cookie": f"{COOKIE}={name}", xsrf.HEADER: xsrf.token_for(name)}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app for all that is asked."""
    made = App(tmp_path_factory.mktemp("app"))
    yield made
    made.close()


def _sense(app: App) -> dict[str, st.SearchStrategy[Any]]:
    """Return values that lead deeper than what can be made up from a description alone."""
    moments = st.integers(0, 48).map(lambda quarters: (NOON + timedelta(minutes=15 * quarters)).isoformat())
    return {
        "booking_id": st.sampled_from([str(booking.id) for booking in app.bookings]),
        "pool": st.just("simulated-gpu"),
        "product": st.none(),
        "node": st.just("here"),
        "project": st.just("default"),
        "user": st.just("alice"),
        "to": st.sampled_from([*_PEOPLE, "nobody"]),
        "choice": st.sampled_from(["cpu", "booked", "idle:simulated-gpu", "wait:simulated-gpu"]),
        "gpus": st.integers(1, 2),
        "roster": st.sampled_from(["A,alice\nB,ben\n", "A,alice\nB\n"]),
        "zone": st.just("Europe/Stockholm"),
        "rule": st.just("FREQ=DAILY;COUNT=2"),
        "class_id": st.sampled_from(app.classes),
        **dict.fromkeys(("start", "end", "until", "after"), moments),
    }


def _deepened(case: Case[Any], data: st.DataObject, sense: dict[str, st.SearchStrategy[Any]]) -> None:
    """Give some of what was made up a value that means something."""
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            for name in sorted(values.keys() & sense.keys()):
                if data.draw(st.integers(0, 3)):
                    values[name] = data.draw(sense[name])


def _asked(app: App, mode: GenerationMode) -> tuple[dict[str, str], Counter[int]]:
    """Ask all operations; return what went wrong with which, and how often which status was answered."""
    wrong: dict[str, str] = {}
    statuses: Counter[int] = Counter()
    for found in schemathesis.openapi.from_dict(app.app.openapi()).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path.endswith(ENDLESS):
            continue
        try:
            _question(app, operation, mode, statuses)()
        except (FailureGroup, FlakyFailure) as e:
            wrong[operation.label] = str(e)
    return wrong, statuses


def _question(
    app: App, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, statuses: Counter[int]
) -> Callable[[], None]:
    """Return what asks one operation, again and again."""
    sense = _sense(app) if mode is ALLOWED else {}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        _deepened(case, data, sense)
        answer = app.send(case)
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    return ask


def test_what_the_description_allows_is_answered_as_it_says(app: App) -> None:
    wrong, statuses = _asked(app, ALLOWED)
    assert wrong == {}
    assert {200, 201, 204, 404, 409, 422} <= statuses.keys()


def test_what_the_description_forbids_is_refused_as_it_says(app: App) -> None:
    wrong, statuses = _asked(app, FORBIDDEN)
    assert wrong == {}
    assert statuses[422] > statuses.total() / 3
