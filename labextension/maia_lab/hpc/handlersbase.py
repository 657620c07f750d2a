"""What the routes about jobs share. The library behind them is loaded by the first call."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from maia_hub.core.errors import MaiaError, Unavailable
from maia_lab.handling import EventHandler, JsonHandler

if TYPE_CHECKING:
    from maia_lab.hpc.paneldesk import Desk

_DESK = "maia_hpc_desk"


class PanelHandler(JsonHandler):
    """What all of them share: the desk, and what can be done."""

    @property
    def desk(self) -> Desk:
        """Return the server's one desk."""
        if _DESK not in self.settings:
            try:
                # Not at the top: it loads half a second's worth.
                from maia_lab.hpc.paneldesk import Desk  # noqa: PLC0415
                from maia_lab.hpc.panelerrands import over  # noqa: PLC0415
            except ImportError as e:
                raise Unavailable(
                    "Jobs are not installed here.",
                    advice="pip install 'maia-hub[hpc]' where this server runs.",
                ) from e
            self.settings[_DESK] = Desk(Path(self.settings["server_root_dir"]).expanduser(), over)
        desk: Desk = self.settings[_DESK]
        return desk

    @property
    def errands(self) -> ModuleType:
        """Return what can be done."""
        from maia_lab.hpc import panelerrands  # noqa: PLC0415

        return panelerrands

    def problem_of(self, error: MaiaError) -> dict[str, Any]:
        """Return an error with the status that it has among jobs."""
        from maia_lab.hpc.panelviews import problem  # noqa: PLC0415

        return problem(error)


class StreamHandler(EventHandler, PanelHandler):
    """Answers with events for as long as the browser listens."""
