"""Tools that this machine runs: installed on first use, started, watched, ended with the platform.

What may be here: processes, files, ports of loopback. What never may: the door's HTTP, who may use a tool.
"""

from maia_hub.tools.local.tools import LocalTools

__all__ = ["LocalTools"]
