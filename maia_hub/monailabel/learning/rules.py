"""When a model is trained, and which of its versions is used: from a state to the events that follow.

One training at a time, whatever the model. By itself a model never learns from the same labels twice, and a version
that is worse than the one in use, or cannot be compared with it, is used only when a person says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from maia_hub.core.errors import Conflict, InProgress, InvalidInput
from maia_hub.monailabel.learning.datasets import Labelled, newest, split
from maia_hub.monailabel.learning.events import (
    BASE,
    Ended,
    Event,
    Learning,
    Moved,
    Promoted,
    Started,
    Submitted,
)


@dataclass(frozen=True)
class Policy:
    """When a model is trained by itself: after so many new labels; and the share of images that is held out."""

    after: int = 1
    share: float = 0.2

    def __post_init__(self) -> None:
        if self.after < 1:
            raise InvalidInput("A model is trained after one new label or more.", given=self.after)
        if not 0 <= self.share < 1:
            raise InvalidInput("A share of images is held out, not all.", given=self.share, allowed="0 to 1")


@dataclass(frozen=True)
class Wanted:
    """A training that is asked for: its id, its model, its parameters, and the person, if it is one who asks."""

    training: str
    model: str
    parameters: Mapping[str, str]
    by: str = ""


def submitted(state: Learning, label: Labelled, now: datetime) -> list[Event]:
    """Return what follows when a label arrives; nothing if it is known."""
    return [] if label.label in state.labels else [Submitted(label=label, at=now)]


def waits_for(state: Learning, model: str, policy: Policy) -> str:
    """Return in plain words why a model is not trained by itself now, empty if it is to be."""
    running = state.running()
    if running is not None:
        return f"{running.model} is being trained"
    train, _ = split(newest(state.labels.values()), policy.share)
    known = [each.train for each in state.trainings.values() if each.model == model]
    new = len(train.uids - frozenset[str]().union(*(each.uids for each in known)))
    if train.version in {each.version for each in known} or not new:
        return "no new labels"
    return "" if new >= policy.after else f"{new} of {policy.after} new labels"


def start(state: Learning, wanted: Wanted, policy: Policy, now: datetime) -> list[Event]:
    """Return what follows when a training is to begin, by itself or because a person asks for it.

    Raises:
        InProgress: one runs already.
        Conflict: there is nothing (new) to learn from.
    """
    running = state.running()
    if running is not None:
        raise InProgress(f"{running.model} is being trained: one at a time.", given=running.id)
    if wanted.training in state.trainings:
        raise Conflict("There is a training of that name already.", given=wanted.training)
    train, held = split(newest(state.labels.values()), policy.share)
    if not train.labels:
        raise Conflict("There are no labels to learn from.", advice="Label an image, and submit it.")
    reason = "" if wanted.by else waits_for(state, wanted.model, policy)
    if reason or (wanted.by and _done(state, wanted, train.version)):
        raise Conflict(
            f"{wanted.model} does not learn now: {reason or 'it learnt from these labels with these parameters'}."
        )
    return [
        Started(
            training=wanted.training,
            model=wanted.model,
            train=train,
            held=held,
            parameters=dict(wanted.parameters),
            by=wanted.by,
            at=now,
        )
    ]


def _done(state: Learning, wanted: Wanted, data: str) -> bool:
    """Say whether the same was learnt before."""
    return any(
        (each.model, each.train.version, each.parameters) == (wanted.model, data, dict(wanted.parameters))
        and each.state in ("ended", "interrupted")
        for each in state.trainings.values()
    )


def interrupted(state: Learning, training: str, why: str, now: datetime) -> list[Event]:
    """Return what follows when a training stops before its end and may go on from its checkpoint."""
    state.training(training)
    return [Moved(training=training, move="interrupted", at=now, why=why)]


def resumed(state: Learning, training: str, now: datetime) -> list[Event]:
    """Return what follows when an interrupted training goes on.

    Raises:
        InProgress: another one runs.
    """
    running = state.running()
    if running is not None:
        raise InProgress(f"{running.model} is being trained: one at a time.", given=running.id)
    state.training(training)
    return [Moved(training=training, move="resumed", at=now)]


def failed(state: Learning, training: str, why: str, now: datetime) -> list[Event]:
    """Return what follows when a training cannot be done: by itself the same labels are not tried again."""
    state.training(training)
    return [Moved(training=training, move="failed", at=now, why=why)]


def ended(
    state: Learning,
    training: str,
    artifact: str,
    now: datetime,
    *,
    score: float | None = None,
    rival: tuple[int, float] | None = None,
) -> list[Event]:
    """Return what follows when a training has made a version.

    ``score`` is its Dice on the training's held-out labels, ``rival`` the number of the version that was in use (0: the
    model had weights when it came) and its Dice on the same, NaN if that is not known.
    """
    model = state.training(training).model
    number = max((each.number for each in state.of(model)), default=0) + 1
    done = Ended(training=training, version=number, artifact=artifact, score=_number(score), at=now)
    why = _better(state, model, _number(score), rival)
    if why is None:
        return [done]
    return [done, Promoted(model=model, version=number, by="", why=why, at=now)]


def _better(state: Learning, model: str, score: float | None, rival: tuple[int, float] | None) -> str | None:
    """Return why a new version is to be used; None if a person has to say so."""
    used = state.used(model)
    if used is None and rival is None:
        return "it is the first"
    number = BASE if used is None else used.number
    if score is None or rival is None or rival[0] != number or _number(rival[1]) is None:
        return None
    return f"Dice {score:.3f}, before {rival[1]:.3f}" if score >= rival[1] else None


def promoted(state: Learning, model: str, version: int, by: str, why: str, now: datetime) -> list[Event]:
    """Return what follows when a person wants a version to be used: a newer one, an earlier one again, 0: as it came.

    Raises:
        InvalidInput: no person says so.
        NotFound: there is no such version.
    """
    if not by:
        raise InvalidInput("A person has to say which version is used.")
    if version != BASE:
        state.version(model, version)
    used = state.used(model)
    if (BASE if used is None else used.number) == version:
        return []
    return [Promoted(model=model, version=version, by=by, why=why, at=now)]


def _number(score: float | None) -> float | None:
    return None if score is None or not math.isfinite(score) else score
