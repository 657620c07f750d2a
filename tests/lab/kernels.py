"""A real kernel, started as a Jupyter server starts one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def kernel(environment: Mapping[str, str]) -> Iterator[Any]:
    """Yield a client of a new kernel with these variables, and none of MAIA Hub's own."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAIA_", "JUPYTERHUB_"))
    }
    paths = [str(ROOT), str(ROOT / "labextension")]
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**clean, "PYTHONPATH": os.pathsep.join(paths), **environment})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def execute(client: Any, code: str, timeout: float = 60) -> list[dict[str, Any]]:
    """Run a cell; return its outputs, errors among them."""
    outputs: list[dict[str, Any]] = []

    def keep(message: dict[str, Any]) -> None:
        if message["msg_type"] in {"stream", "error", "display_data", "execute_result"}:
            outputs.append({"type": message["msg_type"], **message["content"]})

    client.execute_interactive(code, output_hook=keep, timeout=timeout)
    return outputs


def text(outputs: list[dict[str, Any]]) -> str:
    """Return all that the outputs show as plain text."""
    parts = [
        o.get("text") or o.get("data", {}).get("text/plain") or "\n".join(o["traceback"]) for o in outputs
    ]
    return "\n".join(map(str, parts))
