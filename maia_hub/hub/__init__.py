"""The JupyterHub REST adapter: who runs a server, stop it, start it again.

Only the hub's HTTP API is known here, with the scopes of `SCOPES`; no database and no domain rule.
"""

from maia_hub.hub.api import SCOPES, HubApi
from maia_hub.hub.servers import HubServer

__all__ = ["SCOPES", "HubApi", "HubServer"]
