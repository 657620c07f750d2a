"""How far something is, as a bar below the cell that does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from maia_hub.imaging.progress import silent

if TYPE_CHECKING:
    from maia_hub.imaging.progress import Progress, Tell


@contextmanager
def bar(what: str) -> Iterator[Tell]:
    """Yield what is told of progress; the bar goes when it is over. Outside a notebook there is none."""
    from IPython import get_ipython  # noqa: PLC0415

    if not hasattr(get_ipython(), "kernel"):
        yield silent
        return
    from IPython.display import display  # noqa: PLC0415
    from ipywidgets.widgets.widget_int import IntProgress  # noqa: PLC0415

    shown = IntProgress(description=what)
    display(shown)

    def tell(progress: Progress) -> None:
        shown.max, shown.value = max(progress.total, 1), progress.done

    try:
        yield tell
    finally:
        shown.close()
