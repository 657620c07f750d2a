"""What a guard says when it refuses, the same on every database."""

from __future__ import annotations

OVERBOOKED = "overbooked"
LEASES_EXCEED_BOOKING = "leases exceed their booking"
GPU_HELD = "the GPU is held by a lease that is not released"
NOT_TO_OFFER = "the GPU is not one of the pool that is waited for"
WRONG_NODE = "the GPU is not on the node of its lease"
EVENTS_APPEND_ONLY = "events are append-only"
AMENDMENTS_APPEND_ONLY = "changes of the rules are append-only"
RETENTIONS_STAY = "that something was forgotten is never forgotten itself"
ENDED_LEASE = "a released lease stays released"
HALF_ENDED = "a booking has an end of its own exactly if it has ended"
NOT_A_COUNT = "not a whole number"
NOT_A_MOMENT = "not a moment in the form YYYY-MM-DD HH:MM:SS.ffffff"
NOT_EMPTIED = "what bookings, leases and events say is never emptied at a stroke"
STALE_VIEW = "what is booked can only be changed in a READ COMMITTED transaction"
"""An isolation level that looks at one moment would check against bookings as they were before others wrote."""
