"""Each call of the table as a method: one list for both clients, of which one waits and the other is awaited."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from inspect import Parameter, Signature, signature
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from maia_hub.client import calls
from maia_hub.client.calls import Call

P = ParamSpec("P")
T = TypeVar("T")


class Waiting(Protocol):
    """A client that sends a call and waits for the answer."""

    def send(self, call: Call[T]) -> T:
        """Make one call of the table."""


class Awaited(Protocol):
    """A client whose answer is awaited."""

    async def send(self, call: Call[T]) -> T:
        """Make one call of the table."""


class Method(Generic[P, T]):
    """A call of the table; on a client it is a method with the same parameters that sends the call.

    To those who check types it is a descriptor. What stands in the class is a plain function with the call's words and
    parameters and the answer's type, as `help` and a notebook's ``client.book?`` show it.
    """

    def __init__(self, call: Callable[P, Call[T]]) -> None:
        self._call = call

    def __set_name__(self, owner: type, name: str) -> None:
        call = self._call

        def send(client: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            return client.send(call(*args, **kwargs))

        send.__name__, send.__qualname__ = name, f"{owner.__qualname__}.{name}"
        send.__doc__ = call.__doc__
        send.__signature__ = _signature(call)  # type: ignore[attr-defined]
        setattr(owner, name, send)

    @overload
    def __get__(self, client: None, owner: type) -> Method[P, T]: ...
    @overload
    def __get__(self, client: Waiting, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaited, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Waiting | Awaited | None, owner: type) -> Any:
        raise AttributeError("A method of the table belongs into the body of a class.")


def _signature(call: Callable[..., object]) -> Signature:
    """Return how a call is made on a client, and what it is answered with."""
    told = signature(call)
    client = Parameter("self", Parameter.POSITIONAL_ONLY)
    answer = re.sub(r"^Call\[(.*)\]$", r"\1", str(told.return_annotation))
    return told.replace(parameters=[client, *told.parameters.values()], return_annotation=answer)


class Methods:
    """What both clients can do."""

    me = Method(calls.me)
    projects = Method(calls.projects)
    gpus = Method(calls.gpus)
    calendar = Method(calls.calendar)
    bookings = Method(calls.bookings)
    booking = Method(calls.booking)
    book = Method(calls.book)
    check = Method(calls.check)
    change = Method(calls.change)
    extend = Method(calls.extend)
    release = Method(calls.release)
    cancel = Method(calls.cancel)
    keep = Method(calls.keep)
    offers = Method(calls.offers)
    hand_over = Method(calls.hand_over)
    check_series = Method(calls.check_series)
    book_series = Method(calls.book_series)
    all_series = Method(calls.all_series)
    series = Method(calls.series)
    cancel_series = Method(calls.cancel_series)
    classes = Method(calls.classes)
    one_class = Method(calls.one_class)
    check_class = Method(calls.check_class)
    check_class_change = Method(calls.check_class_change)
    make_class = Method(calls.make_class)
    change_class = Method(calls.change_class)
    cancel_class_date = Method(calls.cancel_class_date)
    end_class = Method(calls.end_class)
    templates = Method(calls.templates)
    save_template = Method(calls.save_template)
    book_template = Method(calls.book_template)
    forget_template = Method(calls.forget_template)
    slots = Method(calls.slots)
    state = Method(calls.state)
    options = Method(calls.options)
    switch = Method(calls.switch)
    visit = Method(calls.visit)
    join_queue = Method(calls.join_queue)
    leave_queue = Method(calls.leave_queue)
    accept_offer = Method(calls.accept_offer)
    waitlist = Method(calls.waitlist)
    wait_for = Method(calls.wait_for)
    withdraw_wish = Method(calls.withdraw_wish)
    accept_wish = Method(calls.accept_wish)
    decline_wish = Method(calls.decline_wish)
    dismiss = Method(calls.dismiss)
    usage = Method(calls.usage)
    account = Method(calls.account)
    report = Method(calls.report)
    contact = Method(calls.contact)
    choose_notices = Method(calls.choose_notices)
    give_address = Method(calls.give_address)
    confirm_address = Method(calls.confirm_address)
    give_hook = Method(calls.give_hook)
    send_test = Method(calls.send_test)
    forget_contact = Method(calls.forget_contact)
    feeds = Method(calls.feeds)
    add_feed = Method(calls.add_feed)
    renew_feed = Method(calls.renew_feed)
    revoke_feed = Method(calls.revoke_feed)
    tool_shares = Method(calls.tool_shares)
    share_tool = Method(calls.share_tool)
    take_back_tool = Method(calls.take_back_tool)
    tell_word = Method(calls.tell_word)

    # for the spawner alone
    spawner_options = Method(calls.spawner_options)
    grant = Method(calls.grant)
    grant_running = Method(calls.grant_running)
    grant_ended = Method(calls.grant_ended)
    stopping = Method(calls.stopping)

    # for the door to the tools alone
    lead_guest = Method(calls.lead_guest)
