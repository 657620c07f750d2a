"""All use cases in one object."""

from __future__ import annotations

from functools import cached_property

from maia_hub.desk.admitting import AdmittingCases
from maia_hub.desk.amending import AmendingCases
from maia_hub.desk.blocking import BlockCases
from maia_hub.desk.changes import ChangeCases
from maia_hub.desk.classes import ClassCases
from maia_hub.desk.contacts import ContactCases
from maia_hub.desk.counting import CountingCases
from maia_hub.desk.entering import EntryCases
from maia_hub.desk.feeding import FeedCases
from maia_hub.desk.handing import HandingCases
from maia_hub.desk.idling import IdleCases
from maia_hub.desk.losing import LosingCases
from maia_hub.desk.matching import MatchingCases
from maia_hub.desk.notifying import NotifyingCases
from maia_hub.desk.overseeing import OverseeingCases
from maia_hub.desk.projects import ProjectCases
from maia_hub.desk.queueing import QueueCases
from maia_hub.desk.repeating import RepeatingCases
from maia_hub.desk.reporting import ReportCases
from maia_hub.desk.retaining import RetentionCases
from maia_hub.desk.series import SeriesCases
from maia_hub.desk.serving import ServerCases
from maia_hub.desk.sharing import SharingCases
from maia_hub.desk.signins import SignIns
from maia_hub.desk.templates import TemplateCases
from maia_hub.desk.tending import TendingCases
from maia_hub.desk.ticking import TickCases
from maia_hub.desk.viewing import ViewCases


class Desk(
    AdmittingCases,
    AmendingCases,
    BlockCases,
    ClassCases,
    ContactCases,
    CountingCases,
    EntryCases,
    FeedCases,
    HandingCases,
    IdleCases,
    LosingCases,
    MatchingCases,
    NotifyingCases,
    OverseeingCases,
    ProjectCases,
    QueueCases,
    RepeatingCases,
    ReportCases,
    RetentionCases,
    SeriesCases,
    ServerCases,
    SharingCases,
    TendingCases,
    TemplateCases,
    TickCases,
    ChangeCases,
    ViewCases,
):
    """The use cases; thread-safe, for every method is a transaction of its own. ``now`` is always given."""

    @cached_property
    def sign_ins(self) -> SignIns:
        """The sign-ins of browsers."""
        return SignIns(self._store)
