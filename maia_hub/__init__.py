"""MAIA Hub: book a GPU, get it for exactly that time, be warned, carry on without it.

What may be here: the domain, the services and the adapters of the platform. JupyterHub's spawner lives in
``maia_spawner`` and what runs inside a workspace in ``maia_lab``; both know this side only by HTTP.
"""

__version__ = "0.1.0"
