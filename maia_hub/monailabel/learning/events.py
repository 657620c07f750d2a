"""What happens while models learn, and the state that it makes up: the same events make the same state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from maia_hub.core.errors import IllegalTransition, NotFound
from maia_hub.monailabel.learning.datasets import DataSet, Labelled

BASE = 0
"""The number that stands for a model as it came, before any version."""
State = Literal["running", "interrupted", "ended", "failed"]
Move = Literal["interrupted", "resumed", "ended", "failed"]
MOVES: dict[tuple[State, Move], State] = {
    ("running", "interrupted"): "interrupted",
    ("interrupted", "resumed"): "running",
    ("running", "ended"): "ended",
    ("running", "failed"): "failed",
    ("interrupted", "failed"): "failed",
}


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A person's label arrived."""

    label: Labelled
    at: datetime
    kind: Literal["submitted"] = "submitted"


@dataclass(frozen=True, kw_only=True)
class Started:
    """A training began; ``by`` is who asked for it, empty if it began by itself."""

    training: str
    model: str
    train: DataSet
    held: DataSet
    parameters: dict[str, str]
    by: str
    at: datetime
    kind: Literal["started"] = "started"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A training was interrupted, resumed, or failed."""

    training: str
    move: Literal["interrupted", "resumed", "failed"]
    at: datetime
    why: str = ""
    kind: Literal["moved"] = "moved"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A training made a version of its model, which is at ``artifact``; ``score`` is its Dice on what was held out."""

    training: str
    version: int
    artifact: str
    score: float | None
    at: datetime
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True, kw_only=True)
class Promoted:
    """A version is the one to be used from now on; ``by`` is the person who said so, empty if the rules did."""

    model: str
    version: int
    by: str
    why: str
    at: datetime
    kind: Literal["promoted"] = "promoted"


Event: TypeAlias = Submitted | Started | Moved | Ended | Promoted
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


@dataclass(frozen=True, kw_only=True)
class Training:
    """One training, as it stands; ``version`` is what it made."""

    id: str
    model: str
    train: DataSet
    held: DataSet
    parameters: dict[str, str]
    by: str
    started: datetime
    state: State = "running"
    why: str = ""
    changed: datetime
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """A model's version: the training that made it, its score, and the data set version that it was scored on."""

    model: str
    number: int
    training: str
    artifact: str
    score: float | None
    held: str
    at: datetime


@dataclass(frozen=True)
class Learning:
    """All that is known: labels by UID, trainings by id, versions, and what was promoted; the oldest first."""

    labels: dict[str, Labelled] = field(default_factory=dict)
    trainings: dict[str, Training] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()
    promotions: tuple[Promoted, ...] = ()

    def running(self) -> Training | None:
        """Return the training that runs."""
        return next((each for each in self.trainings.values() if each.state == "running"), None)

    def of(self, model: str) -> list[Version]:
        """Return a model's versions, the oldest first."""
        return [each for each in self.versions if each.model == model]

    def used(self, model: str) -> Version | None:
        """Return the version of a model that is to be used: the one that was promoted last; None: as it came."""
        last = self.promoted(model)
        return None if last is None or last.version == BASE else self.version(model, last.version)

    def used_at(self, model: str, at: datetime) -> int:
        """Return the number of the version of a model that was used at a time; `BASE`: as it came."""
        before = (each.version for each in reversed(self.promotions) if each.model == model and each.at <= at)
        return next(before, BASE)

    def promoted(self, model: str) -> Promoted | None:
        """Return the last word on which version of a model is used."""
        return next((each for each in reversed(self.promotions) if each.model == model), None)

    def version(self, model: str, number: int) -> Version:
        """Return a model's version by its number."""
        for each in self.versions:
            if (each.model, each.number) == (model, number):
                return each
        allowed = [each.number for each in self.of(model)]
        raise NotFound(f"{model[:60]} has no version {number}.", given=number, allowed=allowed)

    def training(self, name: str) -> Training:
        """Return a training by its id."""
        if name not in self.trainings:
            raise NotFound("There is no such training.", given=name[:60])
        return self.trainings[name]


def after(state: Learning, events: Iterable[Event]) -> Learning:
    """Return the state after some events.

    Raises:
        IllegalTransition: a training cannot make such a move.
    """
    for event in events:
        state = _after(state, event)
    return state


def _after(state: Learning, event: Event) -> Learning:
    if isinstance(event, Submitted):
        return replace(state, labels={**state.labels, event.label.label: event.label})
    if isinstance(event, Started):
        return _with(state, _begun(event))
    if isinstance(event, Promoted):
        if event.version != BASE:
            state.version(event.model, event.version)
        return replace(state, promotions=(*state.promotions, event))
    training = state.training(event.training)
    if isinstance(event, Moved):
        return _with(
            state, replace(training, state=_moved(training, event.move), why=event.why, changed=event.at)
        )
    made = Version(
        model=training.model,
        number=event.version,
        training=training.id,
        artifact=event.artifact,
        score=event.score,
        held=training.held.version,
        at=event.at,
    )
    done = replace(training, state=_moved(training, "ended"), changed=event.at, version=event.version)
    return replace(_with(state, done), versions=(*state.versions, made))


def _begun(event: Started) -> Training:
    return Training(
        id=event.training,
        model=event.model,
        train=event.train,
        held=event.held,
        parameters=event.parameters,
        by=event.by,
        started=event.at,
        changed=event.at,
    )


def _moved(training: Training, move: Move) -> State:
    if (training.state, move) not in MOVES:
        allowed = [name for state, name in MOVES if state == training.state]
        raise IllegalTransition(
            f"A training that is {training.state} cannot be {move}.", given=move, allowed=allowed
        )
    return MOVES[training.state, move]


def _with(state: Learning, training: Training) -> Learning:
    return replace(state, trainings={**state.trainings, training.id: training})
