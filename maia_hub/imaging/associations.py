"""Associations with a DICOM node: opened without delays of the network's making, and closed whatever happens."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context, build_role

from maia_hub.core.errors import Forbidden, InvalidInput, MaiaError, Unavailable
from maia_hub.imaging.records import is_uid

MOST_CONTEXTS = 128
"""What one association can propose."""
_LONGEST_TITLE = 16


class Broken(Exception):
    """The node is away, or an association with it broke: the same may be tried again. It holds the error to tell."""

    def __init__(self, error: MaiaError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True)
class Node:
    """A node's address and title, our own title, and how many seconds of silence are too many."""

    host: str
    port: int
    aet: str
    calling: str
    timeout: float

    def __post_init__(self) -> None:
        for title in (self.aet, self.calling):
            if not 0 < len(title.strip()) <= _LONGEST_TITLE or "\\" in title or not title.isascii():
                raise InvalidInput(
                    "That is not an AE title.", given=title, allowed=f"1 to {_LONGEST_TITLE} ASCII characters"
                )

    def __str__(self) -> str:
        return f"{self.aet} at {self.host}:{self.port}"

    def entity(self) -> AE:
        """Return our side, with the node's patience."""
        entity = AE(ae_title=self.calling)
        entity.connection_timeout = min(self.timeout, 10)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = self.timeout
        return entity


@contextmanager
def association(
    node: Node,
    contexts: Sequence[PresentationContext],
    *,
    storing: Sequence[str] = (),
    handlers: Mapping[Any, Any] | None = None,
) -> Iterator[Association]:
    """Yield an association that is established, released afterwards; ``storing`` are classes that come this way.

    Raises:
        Broken: the node does not answer.
        Forbidden: it refuses.
    """
    entity = node.entity()
    connections: list[socket.socket] = []
    bound: list[Any] = [(evt.EVT_CONN_OPEN, _at_once, [connections]), *(handlers or {}).items()]
    opened = entity.associate(
        node.host,
        node.port,
        contexts=list(contexts),
        ae_title=node.aet,
        ext_neg=[build_role(each, scp_role=True) for each in storing],
        evt_handlers=bound,
    )
    try:
        if not opened.is_established:
            raise _refused(node, opened)
        yield opened
        if opened.is_established:
            opened.release()
    except BaseException:
        with suppress(Exception):
            opened.abort()
        raise
    finally:
        for connection in connections:  # of one that broke nobody else does
            connection.close()


def ends(node: Node) -> Broken:
    """Return what to raise for an association that ended by itself."""
    return Broken(
        Unavailable(
            f"The connection with {node} broke.",
            advice="Look whether it runs; what has arrived is kept and does not travel again.",
        )
    )


def contexts_for(pairs: Sequence[tuple[str, str]]) -> list[PresentationContext]:
    """Return one context for each class with one transfer syntax: what is accepted says exactly what can travel."""
    return [build_context(sop_class, syntax) for sop_class, syntax in pairs if is_uid(sop_class)][
        :MOST_CONTEXTS
    ]


def _refused(node: Node, opened: Association) -> Exception:
    if opened.is_rejected:
        answer = opened.acceptor.primitive
        why = str(getattr(answer, "reason_str", "")) or "without a reason"
        return Forbidden(
            f"{node} does not accept an association from {node.calling}: {why}.",
            advice="Its administrator lets this AE title in, with this machine's address.",
        )
    if opened.is_aborted and opened.acceptor.primitive is not None:
        return Forbidden(f"{node} accepts nothing of what was proposed to it.")
    return Broken(
        Unavailable(
            f"The DICOM node {node} does not answer.", advice="Look at host, port, and whether it runs."
        )
    )


def _at_once(event: evt.Event, connections: list[socket.socket]) -> None:
    """Let small pieces leave at once: waiting for more (Nagle) costs 40 ms for each object."""
    connection = event.assoc.dul.socket
    if connection is not None and connection.socket is not None:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections.append(connection.socket)
