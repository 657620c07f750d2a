"""Within a process, those who write do so in the order in which they asked."""

from __future__ import annotations

import threading

from maia_hub.store.turns import Turns

WITHIN = 30.0  # seconds; a test that fails takes so long


def test_the_turn_is_given_in_the_order_of_asking() -> None:
    turns = Turns()
    order: list[int] = []

    def work(number: int) -> None:
        assert turns.acquire(WITHIN)
        order.append(number)
        turns.release()

    assert turns.acquire(0)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for n, thread in enumerate(threads, start=2):
        thread.start()
        while len(turns._line) < n:
            pass
    turns.release()
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_who_gives_up_does_not_keep_the_next_one_waiting() -> None:
    turns = Turns()
    assert turns.acquire(0)
    assert not turns.acquire(0.01)
    turns.release()
    assert turns.acquire(0)
    turns.release()


def test_a_writer_that_comes_again_and_again_passes_nobody_by() -> None:
    turns = Turns()
    had = threading.Event()

    def patient() -> None:
        assert turns.acquire(WITHIN)
        had.set()
        turns.release()

    assert turns.acquire(0)
    waiting = threading.Thread(target=patient)
    waiting.start()
    while len(turns._line) < 2:
        pass
    turns.release()
    assert turns.acquire(WITHIN)
    assert had.is_set()
    turns.release()
    waiting.join()
