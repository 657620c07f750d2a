"""The domain: pure values and decisions, standard library only.

What may be here: intervals, GPUs, bookings, leases, grants, the rules between them. What never may: a clock
(``now`` is always an argument), a network, a database, a framework.
"""
