"""The shapes of the REST API, version 1: what travels between the service and everybody else.

Times are ISO 8601 with an offset; the service always answers in UTC. Memory is in bytes,
durations in seconds.
"""

from maia_hub.client.models.base import Kind, Moment
from maia_hub.client.models.bookings import (
    Alarm,
    BookingChange,
    BookingModel,
    BookingRequest,
    ExtendRequest,
    OutageEffect,
    RefusalModel,
    Revocation,
    Slot,
    Verdict,
)
from maia_hub.client.models.calendar import CalendarModel, FreePoint, PoolCalendar
from maia_hub.client.models.contacts import (
    AddressRequest,
    ConfirmRequest,
    ContactChange,
    ContactModel,
    TopicModel,
    TopicName,
)
from maia_hub.client.models.feeds import FeedKind, FeedModel, FeedRequest, NewFeedModel
from maia_hub.client.models.gpus import (
    ForeignProcess,
    GpuModel,
    GpuUsage,
    NodeModel,
    OutageModel,
    OutageRequest,
    PoolModel,
    Usage,
)
from maia_hub.client.models.people import Account, AuditEvent, Me
from maia_hub.client.models.problems import PROBLEM_TYPE, Problem
from maia_hub.client.models.projects import ProjectModel
from maia_hub.client.models.servers import (
    Choice,
    Grant,
    GrantEnded,
    GrantRequest,
    Notice,
    Options,
    QueuePlace,
    QueueRequest,
    Session,
    State,
    Stopping,
    SwitchRequest,
    Tick,
    Wait,
)

__all__ = [
    "PROBLEM_TYPE",
    "Account",
    "AddressRequest",
    "Alarm",
    "AuditEvent",
    "BookingChange",
    "BookingModel",
    "BookingRequest",
    "CalendarModel",
    "Choice",
    "ConfirmRequest",
    "ContactChange",
    "ContactModel",
    "ExtendRequest",
    "FeedKind",
    "FeedModel",
    "FeedRequest",
    "ForeignProcess",
    "FreePoint",
    "GpuModel",
    "GpuUsage",
    "Grant",
    "GrantEnded",
    "GrantRequest",
    "Kind",
    "Me",
    "Moment",
    "NewFeedModel",
    "NodeModel",
    "Notice",
    "Options",
    "OutageEffect",
    "OutageModel",
    "OutageRequest",
    "PoolCalendar",
    "PoolModel",
    "Problem",
    "ProjectModel",
    "QueuePlace",
    "QueueRequest",
    "RefusalModel",
    "Revocation",
    "Session",
    "Slot",
    "State",
    "Stopping",
    "SwitchRequest",
    "Tick",
    "TopicModel",
    "TopicName",
    "Usage",
    "Verdict",
    "Wait",
]
