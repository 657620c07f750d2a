"""The use cases: one method, one transaction. It reads the store, asks core, writes, records an event.

What may be here: the order of those steps, and what is said to the user. What never may: HTTP, Kubernetes,
processes. The service and the loops both come here; neither touches the store otherwise.
"""

from maia_hub.desk.changes import Changes
from maia_hub.desk.courses import Belonging, ClassPreview, ClassView, ClassWish
from maia_hub.desk.desk import Desk
from maia_hub.desk.feeding import FeedView
from maia_hub.desk.people import Actor
from maia_hub.desk.projects import ProjectView
from maia_hub.desk.series import Dated, Repeated, SeriesView
from maia_hub.desk.signins import SignIns
from maia_hub.desk.teaching import ClassDate
from maia_hub.desk.tending import Promotion
from maia_hub.desk.texts import Loss
from maia_hub.desk.values import (
    Alarm,
    Asked,
    Due,
    Effect,
    Grant,
    NodeView,
    Place,
    PoolView,
    Respawn,
    SessionView,
    Slot,
    UserState,
    Verdict,
    WishView,
)
from maia_hub.store.answers import Answer, Keyed
from maia_hub.store.bookings import Page
from maia_hub.store.events import Event
from maia_hub.store.notices import Notice
from maia_hub.store.searching import Search
from maia_hub.store.servers import Server
from maia_hub.store.web_sessions import WebSession
from maia_hub.store.wishes import WishPage

__all__ = [
    "Actor",
    "Alarm",
    "Answer",
    "Asked",
    "Belonging",
    "Changes",
    "ClassDate",
    "ClassPreview",
    "ClassView",
    "ClassWish",
    "Dated",
    "Desk",
    "Due",
    "Effect",
    "Event",
    "FeedView",
    "Grant",
    "Keyed",
    "Loss",
    "NodeView",
    "Notice",
    "Page",
    "Place",
    "PoolView",
    "ProjectView",
    "Promotion",
    "Repeated",
    "Respawn",
    "Search",
    "SeriesView",
    "Server",
    "SessionView",
    "SignIns",
    "Slot",
    "UserState",
    "Verdict",
    "WebSession",
    "WishPage",
    "WishView",
]
