"""Structured logs, one JSON object a line, with nothing secret in them."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

GONE = "[removed]"
_SECRET_KEY = re.compile(r"token|secret|passw|cookie|authorization|api_?key|verifier", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"(?i)(\b(?:bearer|token|basic)\s+)[\w.~+/=-]{8,}"
    r"|(\b(?:set-)?cookie[\"']?\s*:\s*)[^\r\n]+"
    r"|([?&]key=)[^\s&\"']+"
    r"|((?:token|secret|password|passwd|code|state|code_verifier|_xsrf|api_key|maia-session|maia-signin-[\w-]+)"
    r"[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;}]+"
)
_PLAIN = (bool, int, float, type(None))


def remove_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out what is named like a secret or looks like one, however deep it lies."""
    for key in list(event):
        event[key] = _clean(key, event[key])
    return event


def _clean(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key) and value is not None:
        return GONE
    if isinstance(value, dict):
        return {k: _clean(str(k), v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", item) for item in value]
    if isinstance(value, _PLAIN) or key == "exc_info":
        return value
    return _SECRET_TEXT.sub(lambda m: f"{m.group(m.lastindex or 0)}{GONE}", str(value))


def configure(stream: TextIO, level: int = logging.INFO) -> None:
    """Send every log line of this process, structlog's and the standard library's, to ``stream`` as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            remove_secrets,
            structlog.processors.JSONRenderer(default=str),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
