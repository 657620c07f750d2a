"""JupyterHub as the platform meets it: its REST API (who runs a server, stop it, start it again), its configuration.

Only the hub's HTTP API and its configuration object are known here, with the scopes of `maia_hub.hub.roles`; no
database and no domain rule. A hub's image carries it: it needs neither the service nor JupyterHub itself.
"""

from maia_hub.hub.api import ENTRY_SCOPES, SCOPES, SHUT_OUT_SCOPES, HubApi
from maia_hub.hub.servers import HubServer

__all__ = ["ENTRY_SCOPES", "SCOPES", "SHUT_OUT_SCOPES", "HubApi", "HubServer"]
