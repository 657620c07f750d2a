"""The small parent process of a server: it knows the end, follows extensions and keeps the end on its own.

What may be here: processes, signals and the session file, with the standard library alone, for it runs in every
workspace. What never may: a network, a database, a decision about who gets what.
"""

from maia_hub.supervise.identity import Identity
from maia_hub.supervise.processes import end_marked, sweep

__all__ = ["Identity", "end_marked", "sweep"]
