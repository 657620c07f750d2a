from __future__ import annotations

import os
import socket

import pytest

from maia_hub.core.errors import Conflict
from maia_hub.embedded.ports import is_free, keep_or_choose, need_free


def test_a_taken_port_is_refused_with_the_process_that_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Conflict, match=f"Port {port} is taken by process {os.getpid()}") as caught:
            need_free("127.0.0.1", port)
    assert "--port" in (caught.value.advice or "")


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    with pytest.raises(Conflict):
        need_free("192.0.2.1", 8000)


def test_a_port_is_kept_as_long_as_it_is_free() -> None:
    port = keep_or_choose(0, set())
    assert keep_or_choose(port, set()) == port
    assert keep_or_choose(port, {port}) != port
    with socket.create_server(("127.0.0.1", port)):
        other = keep_or_choose(port, set())
    assert other != port
    assert is_free("127.0.0.1", other)
