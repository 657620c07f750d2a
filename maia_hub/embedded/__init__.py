"""One-machine mode: `maia up` runs hub, proxy and service side by side on a workstation.

What belongs here: the generated hub configuration, accounts, the local GPU inventory, the children and their
supervision. Nothing here decides over bookings: that is the desk's, and it is the same code on a cluster.
"""
