"""Packets without content are sent where a cipher needs them, and nowhere else."""

from __future__ import annotations

import logging

import asyncssh
import pytest

from maia_hub.hpc.ssh import fillers
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.ssh.target import Target
from tests.hpc.people import Home

pytestmark = pytest.mark.asyncio
_EACH_PACKET = 3


async def test_what_is_sent_is_sent_without_empty_packets_before_it(
    at_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    link = Link(Target(host="login"))
    try:
        await link.run(["true"])
        asyncssh.set_debug_level(_EACH_PACKET)
        with caplog.at_level(logging.DEBUG, "asyncssh"):
            assert (await link.run(["cat"], stdin=b"x" * 200_000)).stdout == b"x" * 200_000
    finally:
        asyncssh.set_debug_level(1)
        await link.close()
    sent = [each.getMessage() for each in caplog.records if "Sent" in each.getMessage()]
    assert any("MSG_CHANNEL_DATA" in each for each in sent)
    assert not any("MSG_IGNORE" in each for each in sent)


@pytest.mark.parametrize(
    ("cipher", "needed"),
    [("aes128-gcm@openssh.com", False), ("aes256-ctr", False), ("aes128-cbc", True), ("3des-cbc", True)],
)
async def test_only_chained_blocks_need_them(cipher: str, needed: bool) -> None:
    assert fillers.are_needed(cipher) is needed
