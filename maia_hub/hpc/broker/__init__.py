"""One process per user that owns the connections to all systems, and how others reach it.

Here belongs the process, its socket and its protocol. What a connection does is `maia_hub.hpc.ssh`'s.
"""
