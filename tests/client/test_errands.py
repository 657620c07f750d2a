"""The short names that people use mean exactly one thing, or the error lists what there is."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from maia_hub.client.choosing import choose_booking, choose_pool, told_span
from maia_hub.client.models import BookingModel, PoolModel
from maia_hub.core.errors import Conflict, InvalidInput, NotFound

NOW = datetime(2027, 1, 11, 8, 0, tzinfo=timezone.utc)
UTC = timezone.utc


def pool(product: str) -> PoolModel:
    return PoolModel(
        id=product.lower().replace(" ", "-"),
        product=product,
        resource="nvidia.com/gpu",
        simulated=False,
        capacity=2,
        largest_node=2,
        gpus=[],
    )


POOLS = [pool("NVIDIA RTX A6000"), pool("NVIDIA RTX A4000"), pool("NVIDIA H200"), pool("NVIDIA H200 NVL")]


def booking(number: int, may: list[Any]) -> BookingModel:
    return BookingModel(
        id=UUID(int=number << 112),
        user="alice",
        project="default",
        pool="nvidia-h200",
        product="NVIDIA H200",
        node="here",
        gpus=1,
        start=NOW + timedelta(hours=1),
        end=NOW + timedelta(hours=3),
        state="confirmed",
        mine=True,
        may=may,
    )


def choose(bookings: list[BookingModel], given: str | None, action: str) -> BookingModel:
    return choose_booking(bookings, given, action, UTC, NOW)


@pytest.mark.parametrize(
    ("name", "product"),
    [("a6000", "NVIDIA RTX A6000"), ("NVIDIA H200", "NVIDIA H200"), ("nvl", "NVIDIA H200 NVL")],
)
def test_a_part_of_a_product_names_its_pool(name: str, product: str) -> None:
    assert choose_pool(POOLS, name).product == product


def test_the_only_pool_needs_no_name() -> None:
    assert choose_pool(POOLS[:1], None) is POOLS[0]


@pytest.mark.parametrize("name", [None, "RTX", "V100", "h200 "])
def test_a_name_for_none_or_several_is_answered_with_what_there_is(name: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        choose_pool(POOLS, name)
    assert "NVIDIA RTX A6000" in str(caught.value.allowed)
    assert "--product" in str(caught.value.advice)


def test_without_any_gpu_there_is_nothing_to_choose() -> None:
    with pytest.raises(NotFound):
        choose_pool([], None)


def test_the_only_booking_that_allows_it_is_meant() -> None:
    bookings = [booking(1, ["cancel", "move"]), booking(2, ["extend", "release"])]
    assert choose(bookings, None, "release") is bookings[1]


def test_the_first_characters_of_an_id_name_a_booking() -> None:
    bookings = [booking(0xABC1, ["cancel"]), booking(0xABC2, ["cancel"])]
    assert choose(bookings, "ABC2", "cancel") is bookings[1]


def test_of_several_bookings_the_one_that_has_begun_is_meant() -> None:
    begun = booking(2, ["extend"]).model_copy(update={"start": NOW})
    assert choose([booking(1, ["extend"]), begun], None, "extend") is begun


def test_several_bookings_are_listed_with_their_times() -> None:
    with pytest.raises(InvalidInput) as caught:
        choose([booking(0xABC1, ["cancel"]), booking(0xABC2, ["cancel"])], None, "cancel")
    assert "today 09:00 - 11:00 (2 h)" in str(caught.value.allowed)


@pytest.mark.parametrize("given", ["abc", "", "f"])
def test_an_id_that_begins_several_or_none_is_not_guessed(given: str) -> None:
    with pytest.raises(NotFound):
        choose([booking(0xABC1, ["cancel"]), booking(0xABC2, ["cancel"])], given, "cancel")


def test_nothing_to_do_it_to_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        choose([booking(1, ["cancel"])], None, "extend")


def test_a_span_over_midnight_names_both_days() -> None:
    long = booking(1, []).model_copy(update={"end": NOW + timedelta(hours=26)})
    assert told_span(long, zone=UTC, now=NOW) == "today 09:00 - tomorrow 10:00 (1 day 1 h)"
