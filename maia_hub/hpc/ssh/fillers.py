"""No empty packet before each: asyncssh sends one with every cipher, and only those in CBC mode are the safer for it.

Each is a call to the system here, a packet to undo there, and both are woken twice.
"""

from __future__ import annotations

import asyncssh
from asyncssh.constants import MSG_IGNORE
from asyncssh.packet import SSHPacketLogger


class _WithoutFillers(asyncssh.SSHClientConnection):
    def send_packet(self, pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        if pkttype != MSG_IGNORE:
            super().send_packet(pkttype, *args, handler=handler)


def are_needed(cipher: str) -> bool:
    """Tell whether a cipher, by its name in SSH, is one whose next block can be guessed from the last."""
    return cipher.endswith("-cbc")


def left_out(connection: asyncssh.SSHClientConnection) -> asyncssh.SSHClientConnection:
    """Let an open connection send none from now on, unless its cipher needs them."""
    if not are_needed(str(connection.get_extra_info("send_cipher"))):
        connection.__class__ = _WithoutFillers
    return connection
