"""Objects to a node by C-STORE: a few associations at a time, none of the objects twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydicom import dcmread
from pynetdicom import _config
from pynetdicom.association import Association

from maia_hub.core.errors import Forbidden, MaiaError
from maia_hub.imaging import statuses
from maia_hub.imaging.associations import Broken, Node, association, contexts_for, ends
from maia_hub.imaging.choosing import Choice, Item, Twice
from maia_hub.imaging.gathering import Gathering
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.records import Refused, Sent
from maia_hub.imaging.tally import Tally
from maia_hub.imaging.webfailures import no_room
from maia_hub.imaging.workers import Stop, work

_TOGETHER = 64
"""Objects that one association is opened for, at most."""
_WARNINGS = range(0xB000, 0xC000)
_lock = threading.Lock()
_users = [0]

There = Callable[[str, str], set[str]]
"""Tells the UIDs that a node has of a study's series."""


class Storing(Tally):
    """One call of `send`; ``there`` tells what the node has."""

    def __init__(
        self, node: Node, gathering: Gathering, there: There, pace: Pace, *, attempts: int, stop: Stop
    ) -> None:
        super().__init__(gathering, pace)
        self._node = node
        self._there = there
        self._attempts = attempts
        self._stop = stop
        self._files = iter(gathering)
        self._choice = Choice()
        self._known: dict[str, set[str]] = {}
        self._taking = threading.Lock()

    def run(self, in_flight: int) -> Sent:
        """Send everything."""
        try:
            with _by_pieces():
                work([self._work] * in_flight, self._stop)
        except MaiaError as error:
            self._add_to(error)
            raise
        self._pace.tell()
        return self.sent

    def _work(self) -> None:
        while items := self._take():
            try:
                self._deliver(items)
            finally:
                for item in items:
                    item.found.leave()

    def _take(self) -> list[Item]:
        """Return the next objects that the node does not have."""
        items: list[Item] = []
        with self._taking:
            for found in self._files:
                self._stop.look()
                chosen = self._choice.of(found)
                if isinstance(chosen, Refused):
                    self._refuse(chosen)
                elif isinstance(chosen, Twice):
                    self._repeated(chosen.uid)
                elif chosen.uid in self._has(chosen):
                    self._repeated(chosen.uid)
                    chosen.found.leave()
                else:
                    items.append(chosen)
                if len(items) == _TOGETHER:
                    break
        return items

    def _has(self, item: Item) -> set[str]:
        series = item.header.series_uid
        if series not in self._known:
            self._known[series] = self._asked(item)
        return self._known[series]

    def _asked(self, item: Item) -> set[str]:
        """Return what the node has of an object's series; nothing where it lets nobody ask."""
        for attempt in range(self._attempts):
            try:
                return self._there(item.header.study_uid, item.header.series_uid)
            except Forbidden:
                return set()
            except Broken as broken:
                if attempt + 1 == self._attempts:
                    raise broken.error from broken
                self._stop.wait(0.1 * 2**attempt)
        return set()

    def _deliver(self, items: list[Item]) -> None:
        """Send them, again if an association breaks: then without what has arrived nevertheless."""
        left = list(items)
        for attempt in range(self._attempts):
            try:
                self._store(left)
                return
            except Broken as broken:
                if attempt + 1 == self._attempts:
                    raise broken.error from broken
                self._stop.wait(0.1 * 2**attempt)
                if left:
                    self._arrived(left)

    def _arrived(self, left: list[Item]) -> None:
        """Take account of the first that is left: whether it arrived is what nobody knows after a break."""
        if left[0].uid in self._asked(left[0]):
            self._accepted(left.pop(0))

    def _store(self, left: list[Item]) -> None:
        """Send what is left, taking off each that is done with."""
        pairs = list(dict.fromkeys((item.header.sop_class, item.header.transfer_syntax) for item in left))
        if not left:
            return
        try:
            with association(self._node, contexts_for(pairs)) as opened:
                taken = {
                    (str(one.abstract_syntax), str(one.transfer_syntax[0]))
                    for one in opened.accepted_contexts
                }
                while left:
                    self._stop.look()
                    self._store_one(opened, left[0], taken)
                    left.pop(0)
        except Forbidden:
            if len(pairs) == 1 and self._answers():
                while left:
                    self._refuse_kind(left.pop(0))
                return
            raise

    def _answers(self) -> bool:
        """Say whether the node accepts other associations: then it is this kind of object that it does not take."""
        from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]  # noqa: PLC0415

        try:
            with association(self._node, contexts_for([(Verification, "1.2.840.10008.1.2")])):
                return True
        except (Forbidden, Broken):
            return False

    def _store_one(self, opened: Association, item: Item, taken: set[tuple[str, str]]) -> None:
        if (item.header.sop_class, item.header.transfer_syntax) not in taken:
            self._refuse_kind(item)
            return
        try:
            # By pieces it goes under the names in the file's header: read whole where these are wrong.
            path = item.found.path
            status = opened.send_c_store(path if item.header.agreeing else dcmread(path))
        except RuntimeError as error:
            raise ends(self._node) from error
        except (ValueError, AttributeError, OSError) as error:
            self._refuse(Refused(item.found.name, f"cannot be sent: {str(error)[:120]}"))
            return
        if "Status" not in status:
            raise ends(self._node)
        code = int(status.Status)
        if code == 0 or code in _WARNINGS:
            self._accepted(item)
        elif statuses.is_full(code):
            raise no_room(str(self._node))
        else:
            said = str(status.get("ErrorComment", ""))[:64]
            self._refuse(Refused(item.found.name, statuses.reason(code, said)))

    def _refuse_kind(self, item: Item) -> None:
        header = item.header
        why = f"the server does not take its kind: SOP class {header.sop_class} in syntax {header.transfer_syntax}"
        self._refuse(Refused(item.found.name, why))


@contextmanager
def _by_pieces() -> Iterator[None]:
    """Let pynetdicom read files piece by piece and send them as they are; it knows this for all or for none."""
    with _lock:
        if not _users[0]:
            _before.append(_config.STORE_SEND_CHUNKED_DATASET)
            _config.STORE_SEND_CHUNKED_DATASET = True
        _users[0] += 1
    try:
        yield
    finally:
        with _lock:
            _users[0] -= 1
            if not _users[0]:
                _config.STORE_SEND_CHUNKED_DATASET = _before.pop()


_before: list[bool] = []
