"""The question whether an idle GPU is needed, and its answer over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from maia_hub.core.errors import Conflict, Forbidden
from maia_hub.core.idleness import IdleRules
from maia_hub.core.ids import DEFAULT_PROJECT, DEFAULT_SERVER, UserName
from maia_hub.desk import Grant
from tests.cli.commands import maia
from tests.lab.kernels import execute, kernel
from tests.service.conftest import Running, ask

RULES = IdleRules(window=timedelta(minutes=5))


def asked_about(service: Running) -> None:
    """Let alice start a server on her booking, and be asked about its GPU, which does nothing."""
    given = service.desk.grant(
        UserName("alice"), DEFAULT_SERVER, DEFAULT_PROJECT, "booked", service.clock() + timedelta(seconds=1)
    )
    assert isinstance(given, Grant)
    service.desk.watch_idle({given.id: 0.0}, RULES, service.clock() + timedelta(minutes=6))


def in_a_notebook(service: Running, line: str) -> str:
    """Return what the magic says in a kernel of alice's."""
    variables = {"MAIA_SERVICE_URL": service.url, "JUPYTERHUB_API_TOKEN": service.token("alice")}
    with kernel({**variables, "JUPYTERHUB_USER": "alice", "MAIA_SERVER": ""}) as client:
        execute(client, "%load_ext maia_lab")
        (shown,) = execute(client, line)
        return str(shown["data"]["text/plain"])


def in_a_terminal(service: Running, line: str) -> str:
    """Return what the command says in a terminal of alice's."""
    said = maia(*line.split(), MAIA_SERVICE_URL=service.url, MAIA_TOKEN=service.token("alice"))
    return said.stdout + said.stderr


def test_it_is_asked_with_its_booking_and_answered_once_and_for_all_by_its_owner(service: Running) -> None:
    alice = service.client("alice")
    booking = alice.book(ask(service, start=service.clock(), minutes=60))
    with pytest.raises(Conflict, match="Nobody asked"):
        alice.keep(booking.id)
    asked_about(service)
    (notice,) = alice.state().notices
    assert (notice.kind, notice.booking, notice.server) == ("idle", booking.id, "")
    with pytest.raises(Forbidden):
        service.client("bob").keep(booking.id)
    assert alice.keep(booking.id).id == booking.id
    assert alice.keep(booking.id).state == "active"
    assert alice.state().notices == []


@pytest.mark.parametrize(("say", "line"), [(in_a_terminal, "gpu keep"), (in_a_notebook, "%gpu keep")])
def test_it_is_answered_in_a_terminal_and_in_a_notebook(
    service: Running, say: Callable[[Running, str], str], line: str
) -> None:
    alice = service.client("alice")
    alice.book(ask(service, start=service.clock(), minutes=60))
    assert "You have no booking to keep." in say(service, line)
    asked_about(service)
    assert say(service, line).startswith("Kept: 1 × Simulated GPU")
    assert alice.state().notices == []
