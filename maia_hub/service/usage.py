"""What the service needs to know of the devices themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from maia_hub.client.models import ForeignProcess, GpuUsage


class UsageSource(Protocol):
    """Tells how busy GPUs are; honest about what it cannot read."""

    def usage(self, gpu_ids: Sequence[str], /) -> list[GpuUsage]:
        """Return the usage of those of the given GPUs that are known."""

    def processes(self) -> list[ForeignProcess]:
        """Return the processes that use a GPU they were not given."""
