"""The use cases' values as the shapes of the API; the one place that knows both.

What may be here: showing and reading values, divided by what they are of. No decision, and no request.
"""

from maia_hub.service.views.bookings import (
    BookingViews,
    asked,
    calendar,
    slot,
    somebodys_wish,
    verdict,
    waitlist_entry,
)
from maia_hub.service.views.classes import ClassViews, Strangers, class_asked, class_check
from maia_hub.service.views.gpus import block_asked, node, outage, outage_asked, pools
from maia_hub.service.views.oversight import account, audit_event
from maia_hub.service.views.projects import project
from maia_hub.service.views.reports import report
from maia_hub.service.views.rules import amendment, rules, trial
from maia_hub.service.views.series import repeated, series, series_check
from maia_hub.service.views.servers import choice, grant, queue_place, state, wait

__all__ = [
    "BookingViews",
    "ClassViews",
    "Strangers",
    "account",
    "amendment",
    "asked",
    "audit_event",
    "block_asked",
    "calendar",
    "choice",
    "class_asked",
    "class_check",
    "grant",
    "node",
    "outage",
    "outage_asked",
    "pools",
    "project",
    "queue_place",
    "repeated",
    "report",
    "rules",
    "series",
    "series_check",
    "slot",
    "somebodys_wish",
    "state",
    "trial",
    "verdict",
    "wait",
    "waitlist_entry",
]
