"""What is shown of learning: models, their versions, the training that runs, and the labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from maia_hub.core.errors import MaiaError
from maia_hub.hpc.tracking import Point
from maia_hub.monailabel.learning import rules
from maia_hub.monailabel.learning.datasets import held_out
from maia_hub.monailabel.learning.events import BASE, Learning, Training, Version
from maia_hub.monailabel.learning.place import Place, progress
from maia_hub.monailabel.learning.rules import Policy

_MOST = 200
"""Points of a curve: more are not seen."""
_SMALL = 60
"""Points of the curve of a training that is over, which is drawn as small as a word."""


def shown(state: Learning, place: Place, taught: Iterable[str]) -> dict[str, Any]:
    """Return all of it as JSON has it; ``taught`` are the models that the server teaches now."""
    policy, why = _policy(place)
    models = list(dict.fromkeys([*taught, *(each.model for each in state.trainings.values())]))
    return {
        "models": [_model(state, place, model, policy, why) for model in models],
        "labels": _labels(state, policy),
        "policy": {"after": policy.after, "share": policy.share, "why": why},
    }


def _policy(place: Place) -> tuple[Policy, str]:
    try:
        return place.policy()[0], ""
    except MaiaError as e:
        return Policy(), f"{e.message} {e.given}"


def _model(state: Learning, place: Place, model: str, policy: Policy, why: str) -> dict[str, Any]:
    used = state.used(model)
    last = state.promoted(model)
    return {
        "name": model,
        "used": BASE if used is None else used.number,
        "why": last.why if last else "",
        "by": last.by if last else "",
        "waits_for": why or rules.waits_for(state, model, policy),
        "versions": [_version(state, place, each) for each in state.of(model)],
        "training": _training(state, place, model),
    }


def _version(state: Learning, place: Place, version: Version) -> dict[str, Any]:
    training = state.training(version.training)
    used = state.used(version.model)
    told = [
        each for each in state.promotions if (each.model, each.version) == (version.model, version.number)
    ]
    return {
        "number": version.number,
        "training": training.id,
        "score": version.score,
        "by": training.by,
        "at": version.at.isoformat(),
        "data": training.train.version,
        "labels": len(training.train.labels),
        "held_out": len(training.held.labels),
        "held": version.held,
        "loss": _over(place.lesson(training.id)),
        "authors": sorted({each.author for each in training.train.labels}),
        "parameters": training.parameters,
        "run": place.run(training.id),
        "used": used is not None and used.number == version.number,
        "why": told[-1].why if told else "",
    }


def _training(state: Learning, place: Place, model: str) -> dict[str, Any] | None:
    """Return the last training of a model, unless it has become a version."""
    trainings = [each for each in state.trainings.values() if each.model == model]
    if not trainings or trainings[-1].state == "ended":
        return None
    last: Training = trainings[-1]
    far = place.progress(last.id)
    return {
        "name": last.id,
        "state": last.state,
        "why": last.why,
        "device": last.parameters.get("device", ""),
        "progress": far.share,
        "epoch": far.epoch,
        "epochs": far.epochs,
        "loss": _curve(far.points, _MOST),
        "since": last.started.isoformat(),
        "wanted_by": last.by,
        "run": place.run(last.id),
    }


@lru_cache(maxsize=256)
def _over(lesson: Path) -> list[list[float]]:
    """Return the curve of a training that is over, which is read once."""
    return _curve(progress(lesson).points, _SMALL)


def _curve(points: tuple[Point, ...], most: int) -> list[list[float]]:
    """Return so many of them that they are seen, the last one too."""
    step = -(-len(points) // most) or 1
    return [[each.step, each.value] for each in reversed(points[::-1][::step])]


def _labels(state: Learning, policy: Policy) -> list[dict[str, Any]]:
    """Return all labels, the oldest first, each with which one of its image it is."""
    number = Counter[str]()
    rows = []
    for each in sorted(state.labels.values(), key=lambda one: (one.at, one.label)):
        number[each.image] += 1
        rows.append(
            {
                "image": each.image,
                "label": each.label,
                "author": each.author,
                "at": each.at.isoformat(),
                "version": number[each.image],
                "held_out": held_out(each.image, policy.share),
            }
        )
    return rows
