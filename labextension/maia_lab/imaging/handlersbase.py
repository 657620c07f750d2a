"""What the routes about images share. The library behind them is loaded by the first call."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from maia_hub.core.errors import Unavailable
from maia_lab.handling import EventHandler, JsonHandler

if TYPE_CHECKING:
    from maia_lab.imaging.desk import Desk

DESK = "maia_images_desk"


class ImagesHandler(JsonHandler):
    """Knows the server's one desk, and what can be done."""

    @property
    def desk(self) -> Desk:
        """Return the server's one desk."""
        if DESK not in self.settings:
            try:
                from maia_lab.imaging.desk import Desk  # noqa: PLC0415 - it loads pydicom
            except ImportError as e:
                raise Unavailable(
                    "Images are not installed here.",
                    advice="pip install 'maia-hub[imaging]' where this server runs.",
                ) from e
            self.settings[DESK] = Desk(Path(self.settings["server_root_dir"]).expanduser())
        desk: Desk = self.settings[DESK]
        return desk

    @property
    def errands(self) -> ModuleType:
        """Return what can be done."""
        from maia_lab.imaging import errands  # noqa: PLC0415

        return errands


class ImagesEventHandler(EventHandler, ImagesHandler):
    """Answers with events."""
