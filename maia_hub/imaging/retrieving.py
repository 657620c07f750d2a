"""Objects from a node by C-GET, or by C-MOVE to a port of ours; what is there does not come again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import AllTransferSyntaxes, ImplicitVRLittleEndian
from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)

from maia_hub.core.errors import Unavailable
from maia_hub.imaging.associations import MOST_CONTEXTS, Broken, Node, association, contexts_for, ends
from maia_hub.imaging.headers import Unfit
from maia_hub.imaging.pace import Pace
from maia_hub.imaging.placing import Place, place
from maia_hub.imaging.records import Fetched, Instance, Refused
from maia_hub.imaging.workers import Stop, work

_TOGETHER = 50
"""Objects of one series that are asked for at once."""
_ROUNDS = 5
_PENDING = 0xFF00
_OURS = 0xA702
"""What a node is told that sends what we cannot write."""
_UNASKED = 0x0124
_SYNTAXES = [
    ImplicitVRLittleEndian,
    *(each for each in AllTransferSyntaxes if each != ImplicitVRLittleEndian),
]


class Retrieving:
    """One call of `fetch`; ``listing`` tells which objects there are now, ``listen`` where C-MOVE shall send to."""

    def __init__(
        self,
        node: Node,
        listing: Callable[[], list[Instance]],
        into: Path,
        pace: Pace,
        *,
        attempts: int,
        stop: Stop,
        listen: tuple[str, int] | None,
    ) -> None:
        self._node = node
        self._listing = listing
        self._pace = pace
        self._attempts = attempts
        self._stop = stop
        self._listen = listen
        self._places: dict[str, Place] = {}
        self._awaited: dict[str, Instance] = {}
        self._trouble: dict[str, str] = {}
        self._taking = threading.Lock()
        self.fetched = Fetched(into)

    def run(self, in_flight: int) -> Fetched:
        """Fetch everything, and what comes to it meanwhile."""
        seen: set[str] = set()
        with ExitStack() as held:
            if self._listen:
                held.enter_context(self._listening(self._listen))
            for _ in range(_ROUNDS):
                new = [each for each in self._listing() if each.uid not in seen]
                if not new:
                    break
                seen |= {each.uid for each in new}
                self._pace.total = len(seen)
                chunks = iter(_chunks([each for each in new if not self._is_there(each, held)]))
                work([partial(self._work, chunks)] * in_flight, self._stop)
        self.fetched.files.sort()
        self._pace.tell()
        return self.fetched

    def _is_there(self, instance: Instance, held: ExitStack) -> bool:
        uid = instance.series_uid
        if uid not in self._places:
            self.fetched.folders[uid] = self.fetched.folder / uid
            self._places[uid] = held.enter_context(place(self.fetched.folders[uid]))
        if self._places[uid].has(instance.uid) is None:
            self._awaited[instance.uid] = instance
            return False
        self.fetched.repeated.append(instance.uid)
        self.fetched.files.append(self._places[uid].path(instance.uid))
        self._pace.add(objects=1, moved=False)
        return True

    def _work(self, chunks: Iterator[list[Instance]]) -> None:
        while True:
            self._stop.look()
            with self._taking:
                chunk = next(chunks, None)
            if chunk is None:
                return
            self._chunk(chunk)

    def _chunk(self, chunk: list[Instance]) -> None:
        """Fetch some objects; those that a break kept back again."""
        failed = ""
        for attempt in range(self._attempts):
            left = [each for each in chunk if each.uid in self._awaited]
            try:
                failed = self._ask(left) if left else ""
                break
            except Broken as broken:
                if attempt + 1 == self._attempts:
                    raise broken.error from broken
                self._stop.wait(0.1 * 2**attempt)
        for each in chunk:
            if self._awaited.pop(each.uid, None):
                why = self._trouble.pop(each.uid, failed or "was removed from the server meanwhile")
                self.fetched.refused.append(Refused(each.uid, why))
                self._pace.add(objects=1, moved=False)

    def _ask(self, left: list[Instance]) -> str:
        """Let the node send them; return why it did not send some."""
        question = Dataset()
        question.QueryRetrieveLevel = "IMAGE"
        question.StudyInstanceUID, question.SeriesInstanceUID = left[0].study_uid, left[0].series_uid
        question.SOPInstanceUID = [each.uid for each in left]
        classes = list(dict.fromkeys(each.sop_class for each in left))
        with self._asking(classes) as opened:
            code = 0
            for status, _ in self._answers(opened, question):
                self._stop.look()
                if "Status" not in status:
                    raise ends(self._node)
                code = int(status.Status)
        return f"the server could not send it (code {code:04X})" if code not in (0, _PENDING) else ""

    def _asking(self, classes: list[str]) -> Any:
        if self._listen:
            return association(self._node, [build_context(StudyRootQueryRetrieveInformationModelMove)])
        room = MOST_CONTEXTS - 1
        pairs = [(each, str(syntax)) for syntax in _SYNTAXES for each in classes][:room]
        contexts = [build_context(StudyRootQueryRetrieveInformationModelGet), *contexts_for(pairs)]
        return association(self._node, contexts, storing=classes, handlers={evt.EVT_C_STORE: self._stored})

    def _answers(self, opened: Association, question: Dataset) -> Iterator[tuple[Dataset, Dataset | None]]:
        if self._listen:
            return opened.send_c_move(
                question, self._node.calling, StudyRootQueryRetrieveInformationModelMove
            )
        return opened.send_c_get(question, StudyRootQueryRetrieveInformationModelGet)

    def _stored(self, event: evt.Event) -> int:
        """Take an object that is waited for, and no other."""
        uid = str(getattr(event.request, "AffectedSOPInstanceUID", ""))
        instance = self._awaited.get(uid)
        if instance is None:
            return _UNASKED
        data = event.encoded_dataset()
        try:
            arrival = self._places[instance.series_uid].begin()
            try:
                arrival.write(data)
                arrival.finish(uid)
            finally:
                arrival.drop()
        except Unfit as unfit:
            self._trouble[uid] = f"came as something that {unfit}"
            return 0
        except OSError as error:
            self._trouble[uid] = f"cannot be written here: {error.strerror}"
            return _OURS
        if self._awaited.pop(uid, None):
            self.fetched.accepted.append(uid)
            self.fetched.files.append(self._places[instance.series_uid].path(uid))
            self.fetched.bytes += len(data)
            self._pace.add(len(data), 1)
        return 0

    @contextmanager
    def _listening(self, listen: tuple[str, int]) -> Iterator[None]:
        """Take in what the node sends, for as long as this lasts."""
        entity = self._node.entity()
        entity.require_called_aet = True
        for each in entity_contexts():
            entity.add_supported_context(each, [str(syntax) for syntax in _SYNTAXES])
        try:
            server = entity.start_server(listen, block=False, evt_handlers=[(evt.EVT_C_STORE, self._stored)])
        except OSError as error:
            raise Unavailable(f"Nothing can listen at {listen[0]}:{listen[1]}: {error.strerror}") from error
        assert server is not None
        try:
            yield
        finally:
            server.shutdown()


def entity_contexts() -> list[str]:
    """Return every storage class."""
    from pynetdicom import AllStoragePresentationContexts  # noqa: PLC0415 - only C-MOVE needs it

    return [str(each.abstract_syntax) for each in AllStoragePresentationContexts]


def _chunks(instances: list[Instance]) -> list[list[Instance]]:
    """Return them in lists of one series each."""
    by_series: dict[str, list[Instance]] = {}
    for each in instances:
        by_series.setdefault(each.series_uid, []).append(each)
    return [some[n : n + _TOGETHER] for some in by_series.values() for n in range(0, len(some), _TOGETHER)]
