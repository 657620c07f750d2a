"""A training's turn: it begins, goes on or waits, and its end is always written down."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.errors import Conflict
from maia_hub.monailabel.learning import rules
from maia_hub.monailabel.learning.events import Event, Learning, Training
from maia_hub.monailabel.learning.record import Record
from maia_hub.monailabel.learning.rules import Policy, Wanted

KILLED, STOPPED = "its process ended", "it was stopped"
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Turn:
    """A training that one may do now; ``resumed`` is whether it goes on from a checkpoint."""

    record: Record
    training: Training
    clock: Clock
    resumed: bool

    def end(
        self, artifact: str, score: float | None = None, rival: tuple[int, float] | None = None
    ) -> Learning:
        """Write down the version that it made; see `rules.ended`."""
        return self.record.change(
            lambda state: rules.ended(
                state, self.training.id, artifact, self.clock(), score=score, rival=rival
            )
        )

    def interrupt(self, why: str) -> Learning:
        """Write down that it goes on another time."""
        return self.record.change(lambda state: rules.interrupted(state, self.training.id, why, self.clock()))


@contextmanager
def turn(
    record: Record, model: str, parameters: Mapping[str, str], clock: Clock, policy: Policy, *, by: str = ""
) -> Iterator[Turn | str]:
    """Give the turn to train a model, or in words why it is not its turn.

    An interrupted training of the model goes on; otherwise a new one begins, by itself if the policy says so or because
    the person ``by`` asks. What ends with an error has failed; what ends without a word is interrupted.
    """
    with record.turn() as ours:
        if not ours:
            yield "another process trains"
            return
        try:
            taken = _taken(record, Wanted(f"t-{secrets.token_hex(8)}", model, parameters, by), clock, policy)
        except Conflict as no:
            yield no.message
            return
        try:
            yield taken
        except Exception as error:
            _close(taken, f"{type(error).__name__}: {error}"[:300], rules.failed)
            raise
        except BaseException:
            _close(taken, STOPPED, rules.interrupted)
            raise
        _close(taken, STOPPED, rules.interrupted)


def _taken(record: Record, wanted: Wanted, clock: Clock, policy: Policy) -> Turn:
    """Begin, or go on: who has the lock knows that whatever is said to run does not."""
    running = record.state().running()
    if running is not None:
        record.change(lambda state: rules.interrupted(state, running.id, KILLED, clock()))
    left = [
        each
        for each in record.state().trainings.values()
        if each.state == "interrupted" and each.model == wanted.model
    ]
    if left:
        state = record.change(lambda state: rules.resumed(state, left[0].id, clock()))
        return Turn(record, state.training(left[0].id), clock, True)
    state = record.change(lambda state: rules.start(state, wanted, policy, clock()))
    return Turn(record, state.training(wanted.training), clock, False)


def _close(taken: Turn, why: str, how: Callable[[Learning, str, str, datetime], list[Event]]) -> None:
    """Write down how it ended, unless that is written."""
    name = taken.training.id
    if taken.record.state().training(name).state == "running":
        taken.record.change(lambda state: how(state, name, why, taken.clock()))
