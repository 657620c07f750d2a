"""HTML for notebook output: it inherits the theme's colours, and every value is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def paragraphs(lines: Iterable[str]) -> str:
    """Return one paragraph per line, the first one emphasised."""
    first, *rest = [escape(line) for line in lines]
    body = "".join(f"<p style='margin:.2em 0'>{line}</p>" for line in rest)
    return f"<div><p style='margin:.2em 0'><strong>{first}</strong></p>{body}</div>"


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table with a caption and marked column heads, for eyes and screen readers alike."""
    head = "".join(f"<th scope='col' style='text-align:left'>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    title = f"<caption style='text-align:left'>{escape(caption)}</caption>"
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
