"""What a cell shows, as HTML and as text. The HTML inherits the theme's colours; every value is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Report:
    """Lines of plain words, and a table if it has rows. An error is said to be one, not only coloured."""

    lines: Sequence[str]
    error: bool = False
    caption: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()

    def __repr__(self) -> str:
        parts = ["\n".join(self.lines)] if self.lines else []
        if self.rows:
            parts.append(text_table(self.caption, self.columns, self.rows))
        return ("Not done: " if self.error else "") + "\n\n".join(parts)

    def _repr_html_(self) -> str:
        parts = []
        if self.lines:
            parts.append(paragraphs(self.lines, mark="Not done: " if self.error else ""))
        if self.rows:
            parts.append(table(self.caption, self.columns, self.rows))
        return f"<div role='{'alert' if self.error else 'status'}'>{''.join(parts)}</div>"


def paragraphs(lines: Iterable[str], mark: str = "") -> str:
    """Return one paragraph per line, the first one emphasised."""
    first, *rest = [escape(line) for line in lines]
    style = "style='margin:.2em 0;white-space:pre-wrap'"
    body = "".join(f"<p {style}>{line}</p>" for line in rest)
    head = f"<strong>{mark}{first}</strong>" if "\n" not in first else f"{mark}<code>{first}</code>"
    return f"<div><p {style}>{head}</p>{body}</div>"


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table with a caption and marked column heads, for eyes and screen readers alike."""
    left = "style='text-align:left'"
    head = "".join(f"<th scope='col' {left}>{escape(name)}</th>" for name in columns)
    lines = ("".join(f"<td {left}>{escape(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{cells}</tr>" for cells in lines)
    title = f"<caption {left}>{escape(caption)}</caption>"
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def text_table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the same in columns of plain text."""
    lines = [list(columns), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    told = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join([f"{caption}:", *(line.rstrip() for line in told)])
