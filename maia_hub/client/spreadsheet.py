"""Reports as CSV (RFC 4180), in a form that spreadsheets take for data and for nothing else."""

from __future__ import annotations

import csv
import io

from maia_hub.client.models import Report

HOURS = ("booked", "used", "idle")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that spreadsheets would reckon: https://owasp.org/www-community/attacks/CSV_Injection."""


def as_csv(report: Report) -> str:
    """Return a report's lines under a header row: what it is grouped by, then ``booked_gpu_hours`` and so on.

    Months are ISO 8601 (2026-03), numbers have a point. A text that begins as a formula does gets an apostrophe before
    it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*report.by, *(f"{name}_gpu_hours" for name in HOURS)])
    for line in report.lines:
        groups = [_cell(getattr(line, group) or "") for group in report.by]
        writer.writerow([*groups, *(f"{getattr(line, name):.4f}" for name in HOURS)])
    return text.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
