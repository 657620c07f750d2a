"""One training at a time, never twice from the same labels, and no worse version without a person."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from maia_hub.core.errors import Conflict, IllegalTransition, InProgress, InvalidInput, MaiaError, NotFound
from maia_hub.monailabel.learning import rules
from maia_hub.monailabel.learning.datasets import newest, split
from maia_hub.monailabel.learning.events import BASE, EVENT, Ended, Event, Learning, Promoted, Started, after
from maia_hub.monailabel.learning.rules import Policy, Wanted
from tests.monailabel.learning.labelling import NOON, SPLEEN, label

ALL = Policy(share=0)


def labelled(count: int, start: int = 0) -> Learning:
    state = Learning()
    for number in range(start, start + count):
        state = after(state, rules.submitted(state, label(number), NOON))
    return state


def trained(
    state: Learning, name: str, score: float | None = None, rival: tuple[int, float] | None = None
) -> Learning:
    state = after(state, rules.start(state, Wanted(name, SPLEEN, {"n": name}, "ada"), ALL, NOON))
    return after(state, rules.ended(state, name, f"/models/{name}", NOON, score=score, rival=rival))


@pytest.mark.parametrize(
    ("labels", "after_", "why"),
    [(0, 1, "no new labels"), (1, 1, ""), (2, 3, "2 of 3 new labels"), (3, 3, "")],
)
def test_it_begins_after_so_many_new_labels(labels: int, after_: int, why: str) -> None:
    assert rules.waits_for(labelled(labels), SPLEEN, Policy(after_, 0)) == why


def test_a_label_that_is_told_twice_counts_once() -> None:
    state = labelled(1)
    assert rules.submitted(state, label(0), NOON) == []


def test_labels_of_held_out_images_are_no_reason_to_train() -> None:
    policy = Policy(share=0.5)
    state = labelled(40)
    state = after(state, rules.start(state, Wanted("a", SPLEEN, {}), policy, NOON))
    state = after(state, rules.failed(state, "a", "no GPU", NOON))
    held = split(newest(state.labels.values()), 0.5)[1].labels[0]
    again = label(999, image=int(held.image.rpartition(".")[2]))
    state = after(state, rules.submitted(state, again, NOON))
    assert rules.waits_for(state, SPLEEN, policy) == "no new labels"


def test_another_model_waits_until_the_first_is_done() -> None:
    state = labelled(2)
    state = after(state, rules.start(state, Wanted("a", SPLEEN, {}), ALL, NOON))
    assert rules.waits_for(state, "deepedit", ALL) == "segmentation_spleen is being trained"
    with pytest.raises(InProgress):
        rules.start(state, Wanted("b", "deepedit", {}, "ada"), ALL, NOON)
    state = after(state, rules.ended(state, "a", "/a", NOON))
    assert rules.waits_for(state, "deepedit", ALL) == ""


def test_a_person_may_train_again_with_other_parameters_only() -> None:
    state = trained(labelled(2), "a")
    with pytest.raises(Conflict, match="no new labels"):
        rules.start(state, Wanted("b", SPLEEN, {"n": "other"}), ALL, NOON)
    with pytest.raises(Conflict, match="with these parameters"):
        rules.start(state, Wanted("b", SPLEEN, {"n": "a"}, "ada"), ALL, NOON)
    assert rules.start(state, Wanted("b", SPLEEN, {"n": "other"}, "ada"), ALL, NOON)


def test_a_failure_is_not_tried_again_by_itself() -> None:
    state = labelled(2)
    state = after(state, rules.start(state, Wanted("a", SPLEEN, {}), ALL, NOON))
    state = after(state, rules.failed(state, "a", "out of memory", NOON))
    assert rules.waits_for(state, SPLEEN, ALL) == "no new labels"
    assert rules.start(state, Wanted("b", SPLEEN, {}, "ada"), ALL, NOON)


@pytest.mark.parametrize(
    ("score", "rival", "used"),
    [
        (0.9, (1, 0.8), 2),
        (0.8, (1, 0.8), 2),
        (0.79, (1, 0.8), 1),
        (None, (1, 0.8), 1),
        (0.9, None, 1),
        (0.9, (7, 0.8), 1),
        (float("nan"), (1, 0.8), 1),
        (0.9, (1, float("nan")), 1),
    ],
)
def test_a_version_is_used_if_it_is_seen_to_be_no_worse(
    score: float | None, rival: tuple[int, float] | None, used: int
) -> None:
    state = trained(trained(labelled(2), "a", 0.7), "b", score, rival)
    found = state.used(SPLEEN)
    assert found is not None
    assert found.number == used


def test_a_person_may_use_any_version_and_go_back() -> None:
    state = trained(trained(labelled(2), "a", 0.7), "b", 0.5, (1, 0.7))
    for version in (2, 1):
        state = after(state, rules.promoted(state, SPLEEN, version, "ada", "I looked at it", NOON))
        assert state.used(SPLEEN) == state.version(SPLEEN, version)
    assert (state.used_at(SPLEEN, NOON), state.used_at(SPLEEN, NOON - timedelta(seconds=1))) == (1, BASE)
    assert rules.promoted(state, SPLEEN, 1, "ada", "", NOON) == []
    assert [(each.version, each.by) for each in state.promotions] == [(1, ""), (2, "ada"), (1, "ada")]
    with pytest.raises(InvalidInput):
        rules.promoted(state, SPLEEN, 2, "", "", NOON)
    with pytest.raises(NotFound, match="no version 3"):
        rules.promoted(state, SPLEEN, 3, "ada", "", NOON)


def test_what_is_over_cannot_move() -> None:
    state = trained(labelled(1), "a")
    with pytest.raises(IllegalTransition, match="that is ended cannot be interrupted"):
        after(state, rules.interrupted(state, "a", "", NOON))


@pytest.mark.parametrize("values", [{"after": 0}, {"share": 1.0}, {"share": -0.1}], ids=str)
def test_a_policy_that_makes_no_sense_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Policy(**values)


SCORES = st.none() | st.floats(0, 1) | st.just(float("nan"))
MODELS = st.sampled_from([SPLEEN, "deepedit"])


@given(score=SCORES, rival=st.none() | st.tuples(st.integers(1, 3), SCORES.filter(bool)))
def test_by_itself_a_version_is_used_only_if_it_is_no_worse_than_the_one_in_use(
    score: float | None, rival: tuple[int, float] | None
) -> None:
    first = trained(labelled(2), "a", 0.7)
    second = trained(first, "b", score, rival)
    better = score is not None and rival is not None and rival[0] == 1 and score >= rival[1]
    assert [each.version for each in second.promotions] == ([1, 2] if better else [1])


class Learns(RuleBasedStateMachine):
    """Anything that may happen, in any order, several times."""

    trainings: Bundle[str] = Bundle("trainings")

    def __init__(self) -> None:
        super().__init__()
        self.state, self.events, self.count = Learning(), list[Event](), 0
        self.policy = Policy(after=2, share=0.3)
        self.rivals: dict[str, Any] = {}

    def do(self, follows: Any) -> None:
        try:
            events = follows()
            self.state = after(self.state, events)
            self.events += events
        except MaiaError:
            pass

    @property
    def now(self) -> Any:
        return NOON + timedelta(seconds=len(self.events))

    @initialize()
    def begin(self) -> None:
        for number in range(8):
            self.do(partial(rules.submitted, self.state, label(number), self.now))

    @rule(numbers=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 12)), min_size=1, max_size=5))
    def submit(self, numbers: list[tuple[int, int]]) -> None:
        for number, image in numbers:
            self.do(partial(rules.submitted, self.state, label(number, image=image), self.now))

    @rule(target=trainings, model=MODELS, by=st.sampled_from(["", "ada"]), depth=st.sampled_from("12"))
    def start(self, model: str, by: str, depth: str) -> str:
        self.count += 1
        wanted = Wanted(f"t{self.count}", model, {"depth": depth}, by)
        self.do(lambda: rules.start(self.state, wanted, self.policy, self.now))
        return wanted.training

    @rule(training=trainings, how=st.sampled_from([rules.interrupted, rules.failed]))
    def stop(self, training: str, how: Any) -> None:
        self.do(lambda: how(self.state, training, "", self.now))

    @rule(training=trainings)
    def resume(self, training: str) -> None:
        self.do(lambda: rules.resumed(self.state, training, self.now))

    @rule(score=SCORES, rival=SCORES.filter(bool), other=st.booleans())
    def learn(self, score: float | None, rival: Any, other: bool) -> None:
        """Train from beginning to end, as a person asks for it, beside the version in use or beside another one."""
        if self.state.running() is None:
            self.start(SPLEEN, "ada", str(self.count))
        self.end(score, -1 if other else 0, rival)

    @rule(score=SCORES, number=st.none() | st.integers(-1, 1), rival=SCORES.filter(bool))
    def end(self, score: float | None, number: int | None, rival: Any) -> None:
        training = self.state.running()
        if training is None:
            return
        used = self.state.used(training.model)
        given = None if number is None or used is None else (used.number + min(number, 0), rival)
        self.rivals[training.id] = given
        self.do(lambda: rules.ended(self.state, training.id, "/m", self.now, score=score, rival=given))

    @rule(model=MODELS, version=st.integers(1, 4), by=st.sampled_from(["", "ada"]))
    def promote(self, model: str, version: int, by: str) -> None:
        self.do(lambda: rules.promoted(self.state, model, version, by, "", self.now))

    @invariant()
    def one_at_a_time(self) -> None:
        assert sum(each.state == "running" for each in self.state.trainings.values()) <= 1

    @invariant()
    def never_twice_for_the_same_labels(self) -> None:
        known: dict[str, list[Started]] = {}
        for event in self.events:
            if isinstance(event, Started):
                before = known.setdefault(event.model, [])
                if not event.by:
                    seen = frozenset[str]().union(*(each.train.uids for each in before))
                    assert len(event.train.uids - seen) >= self.policy.after
                    assert event.train.version not in {each.train.version for each in before}
                before.append(event)

    @invariant()
    def no_worse_version_without_a_person(self) -> None:
        used: dict[str, int] = {}
        for at, event in enumerate(self.events):
            if isinstance(event, Promoted):
                if not event.by and event.model in used:
                    ended = self.events[at - 1]
                    assert isinstance(ended, Ended)
                    number, score = self.rivals[ended.training]
                    assert ended.score is not None
                    assert ended.score >= score
                    assert number == used[event.model]
                used[event.model] = event.version

    @invariant()
    def nothing_held_out_is_trained_on(self) -> None:
        held, train = set[str](), set[str]()
        for each in self.state.trainings.values():
            held |= {one.image for one in each.held.labels}
            train |= {one.image for one in each.train.labels}
        assert not held & train

    @invariant()
    def the_events_make_the_state(self) -> None:
        kept = [EVENT.validate_json(EVENT.dump_json(each)) for each in self.events]
        assert after(Learning(), kept) == self.state


TestLearns = Learns.TestCase
TestLearns.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
