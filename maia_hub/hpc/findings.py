"""What was found of an assumption, and asking a system one question about it."""

from __future__ import annotations

from dataclasses import dataclass

from maia_hub.hpc.transport import Completed, Transport


@dataclass(frozen=True)
class Finding:
    """One assumption and what was found."""

    what: str
    good: bool
    said: str
    advice: str = ""


@dataclass(frozen=True)
class Question:
    """A program whose success is good, and what to do about a failure."""

    what: str
    program: str
    advice: str


async def asked(transport: Transport, question: Question, *words: str) -> Finding:
    """Ask one question."""
    done = await transport.run(["sh", "-c", question.program, "maia-check", *words], env={"LC_ALL": "C"})
    good = done.status == 0
    return Finding(question.what, good, line(done), "" if good else question.advice)


def sentence(text: str) -> str:
    """Return words as a sentence that others may follow: an error's have no full stop everywhere."""
    return text if text.endswith(".") else f"{text}."


def line(done: Completed) -> str:
    """Return one line of what was said."""
    text = done.text.strip() if done.status == 0 else done.complaint
    return " · ".join(filter(None, map(str.strip, text.split("\n"))))[:300]
