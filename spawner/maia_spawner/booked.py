"""What every spawner of ours shares: ask for a grant, apply it, report what happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timezone
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from jupyterhub import orm
from jupyterhub.utils import exponential_backoff
from sqlalchemy.orm import object_session
from traitlets import Bool, Float, Instance, Unicode, default
from traitlets import List as ListTrait

from maia_hub.client import AsyncClient
from maia_hub.client.models import Grant, GrantEnded, GrantRequest, Wait
from maia_hub.core.errors import MaiaError, Unavailable
from maia_hub.core.sessionfile import MARK, SessionFile
from maia_spawner.options import FIELD, choice, chosen, form, unavailable_form, with_expectation

_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds, at most, between the first tries to tell the service, and later
_TELLS_WITHIN = 2.0  # seconds for what its loops find out in any case
_TELLS_ENDS_WITHIN = 3600.0  # for an end: if the service was away, only the hub knows how it came about
_STOPPING_WITHIN = 3.0  # seconds; the process is gone by then, and the way back to CPU waits for the answer
Cause = Literal["stopped", "failed", "preempted"]
_DOWN = "The booking service does not answer, so no GPU can be given now."


if TYPE_CHECKING:
    from jupyterhub.spawner import Spawner as _Base
else:  # JupyterHub wants start, stop and poll of every Spawner; a mixin has none
    from traitlets.config import LoggingConfigurable as _Base


class BookedSpawner(_Base):
    """A spawner that gives a server what the booking service grants, and never a GPU without its word."""

    booking_enabled = Bool(True, help="Ask the booking service; off, the spawner underneath acts alone.").tag(
        config=True
    )
    service_url = Unicode(
        help="Where the hub reaches the booking service, e.g. http://127.0.0.1:8001/services/maia."
    ).tag(config=True)
    public_service_url = Unicode(
        help="Where a server reaches the booking service; empty means as the hub does."
    ).tag(config=True)
    tools_url = Unicode(
        help="Where a server reaches the door to the tools of projects; empty means that there is none."
    ).tag(config=True)
    tools_origin = Unicode(
        help="The origin that browsers reach that door at where it has one of its own; empty: the hub's."
    ).tag(config=True)
    spawner_token = Unicode(help="The secret that the booking service knows its spawner by.").tag(config=True)
    project = Unicode("default", help="The project whose bookings count for servers of this hub.").tag(
        config=True
    )
    service_timeout = Float(
        10.0, help="Seconds to wait for the booking service; after that the server starts on CPU."
    ).tag(config=True)
    handover_timeout = Float(
        10.0, help="Seconds to wait, at most, for a GPU that its last holder is about to give back."
    ).tag(config=True)

    @property
    def fixed_end(self) -> bool:
        """Whether a server that runs cannot be told of a later end."""
        return False

    grant = Instance(Grant, allow_none=True, help="What the running server was given.")
    messages = ListTrait(Unicode(), help="What is shown on the spawn page while the server starts.")

    # ---- the form

    async def get_options_form(self) -> str:
        """Return the spawn form: what this user may choose now, and what the spawner underneath asks besides."""
        own = str(await super().get_options_form() or "")
        if not self.booking_enabled:
            return own
        try:
            async with self._client() as client:
                options = await client.spawner_options(self.user.name, self.name, self.project)
            ours = form(options, f"{self.hub.base_url.removesuffix('hub/')}services/maia/")
        except MaiaError as e:
            self.log.warning("No options from the booking service: %s", e.message)
            ours = unavailable_form(_DOWN)
        return ours + own

    def run_options_from_form(self, form_data: dict[str, list[str]]) -> Any:
        """Return the user options of a submitted form; they are checked again when the server starts."""
        return self._with_choice(form_data, super().run_options_from_form)

    def options_from_query(self, query_data: dict[str, list[str]]) -> Any:
        """Return the user options of a link to the spawn page, checked like those of the form."""
        return self._with_choice(query_data, super().options_from_query)

    def _with_choice(
        self, given: dict[str, list[str]], underneath: Callable[[dict[str, list[str]]], Any]
    ) -> Any:
        if not self.booking_enabled:
            return underneath(given)
        others = underneath({key: values for key, values in given.items() if key != FIELD})

        async def awaited() -> dict[str, Any]:
            return {**await others, **chosen(given)}

        return awaited() if isawaitable(others) else {**others, **chosen(given)}

    @default("apply_user_options")
    def _apply_user_options(self) -> Any:
        """Leave the choice to the start, which asks the service: nothing of it is taken over unasked."""
        return (lambda _spawner, _options: None) if self.booking_enabled else None

    # ---- start

    async def ask_for_grant(self) -> Grant:
        """Return what this start receives; CPU with the reason if the service does not answer."""
        self.messages = ["Asking what you may have now…"]
        request = GrantRequest(
            user=self.user.name,
            server=self.name,
            project=self.project,
            choice=choice(self.user_options),
            fixed=self.fixed_end,
        )
        try:
            async with self._client() as client:
                grant = await self._granted(client, request)
        except MaiaError as e:
            self.log.error("No grant from the booking service: %s", e.message)
            why = _DOWN if isinstance(e, Unavailable) else f"{e.message} No GPU can be given now."
            grant = self._cpu(f"{why} You were given CPU.")
        self.grant = grant
        self._say(with_expectation(grant))
        return grant

    async def _granted(self, client: AsyncClient, request: GrantRequest) -> Grant:
        give_up = asyncio.get_running_loop().time() + self.handover_timeout
        while True:
            answer = await client.grant(request)
            if isinstance(answer, Grant):
                return answer
            if asyncio.get_running_loop().time() >= give_up:
                return await self._without_waiting(client, request, answer)
            self._say(answer.message)
            await asyncio.sleep(answer.retry_after)

    async def _without_waiting(self, client: AsyncClient, request: GrantRequest, answer: Wait) -> Grant:
        grant = await client.grant(request.model_copy(update={"choice": "cpu"}))
        if isinstance(grant, Wait):
            raise MaiaError("The booking service asks to wait for a CPU.")
        reason = "The GPU was not handed over in time; you were given CPU. Try again in a minute."
        return grant.model_copy(update={"reason": reason})

    def _cpu(self, reason: str) -> Grant:
        """Return a grant of CPU that the service knows nothing of."""
        grant = Grant(id=uuid4(), kind="cpu", reason=reason, since=datetime.now(timezone.utc))
        return grant.model_copy(update={"session": self.cpu_session(str(grant.id), grant).to_json()})

    def cpu_session(self, name: str, grant: Grant | None = None) -> SessionFile:
        """Return what a server without a GPU, or without any grant, reads of itself."""
        return SessionFile(
            grant=name,
            kind="cpu",
            user=self.user.name,
            server=self.name,
            project=self.project,
            reason=grant.reason if grant else "",
            since=grant.since if grant else datetime.now(timezone.utc),
        )

    def session_environment(self, grant: Grant) -> dict[str, str]:
        """Return what every server is told of its grant, wherever it runs."""
        tools = {"MAIA_TOOLS_URL": self.tools_url, "MAIA_TOOLS_ORIGIN": self.tools_origin}
        return {
            **{name: value for name, value in tools.items() if value},
            MARK: str(grant.id),
            "MAIA_GRANT_KIND": grant.kind,
            "MAIA_PROJECT": self.project,
            "MAIA_SERVER": self.name,
            "MAIA_SERVICE_URL": self.public_service_url or self.service_url,
        }

    def report_when_ready(self, grant: Grant) -> None:
        """Tell the service, once the server answers, that it runs."""

        async def report() -> None:
            while not self.ready:
                if not self.active or self.grant is not grant:
                    return
                await asyncio.sleep(0.1)
            await self._tell(lambda client: client.grant_running(grant.id))

        self._background(report())

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what happens during a start, for the spawn page."""
        shown = 0
        while not self.ready and (self.pending or shown == 0):
            for message in self.messages[shown:]:
                yield {"progress": min(90, 20 + 20 * shown), "message": message}
                shown += 1
            await asyncio.sleep(0.2)

    # ---- stop

    async def conclude(self, cause: Cause) -> None:
        """Do what belongs to an end, once the server is gone: its sign-in, its token, the word to the service."""
        if self.grant is not None:
            await self._ask_whether_resumed()
            self._revoke_token()
            self.report_ended(cause)

    async def _ask_whether_resumed(self) -> None:
        """Find out whether the platform starts this server again: then its sign-in must outlive the stop."""
        self.will_resume = False
        if not self.booking_enabled:
            return
        try:
            async with self._client(_STOPPING_WITHIN) as client:
                self.will_resume = (await client.stopping(self.user.name, self.name)).resume
        except MaiaError as e:
            self.log.warning(
                "The booking service did not say whether %s is resumed: %s", self._log_name, e.message
            )

    def _revoke_token(self) -> None:
        """Revoke the token of a server that will resume: the hub keeps it then, we need only the sign-in."""
        database = object_session(self.orm_spawner)
        if self.will_resume and self.api_token and database is not None:
            token = orm.APIToken.find(database, self.api_token)
            if token is not None:
                database.delete(token)
                database.commit()

    def report_ended(self, cause: Cause) -> None:
        """Tell the service, once, that the process of the grant is gone."""
        grant, self.grant = self.grant, None
        if grant is not None and self.booking_enabled:
            report = GrantEnded(cause=cause)
            # Not awaited: a service that hangs must not hold up the stop.
            tell = self._tell(lambda client: client.grant_ended(grant.id, report), _TELLS_ENDS_WITHIN)
            self._background(tell)

    # ---- state

    def get_state(self) -> dict[str, Any]:
        """Return what must survive a restart of the hub."""
        state = dict(super().get_state())
        if self.grant is not None:
            state["maia_grant"] = self.grant.model_dump(mode="json")
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what survived a restart of the hub."""
        super().load_state(state)
        if "maia_grant" in state:
            self.grant = Grant.model_validate(state["maia_grant"])

    def clear_state(self) -> None:
        """Forget the grant together with the process."""
        super().clear_state()
        self.grant = None

    # ---- small things

    def _client(self, timeout: float | None = None) -> AsyncClient:
        return AsyncClient(self.service_url, self.spawner_token, timeout=timeout or self.service_timeout)

    def _say(self, message: str) -> None:
        if not self.messages or self.messages[-1] != message:
            self.messages = [*self.messages, message]

    async def _tell(
        self, call: Callable[[AsyncClient], Awaitable[None]], within: float = _TELLS_WITHIN
    ) -> None:
        """Report to the service, which may be away for a while; what it is not told, its loops find out."""

        async def told() -> bool:
            try:
                async with self._client() as client:
                    await call(client)
            except MaiaError as e:
                self.log.debug("The booking service is not told about %s yet: %s", self._log_name, e.message)
                return False
            return True

        untold = f"The booking service was not told about {self._log_name}"
        try:
            await exponential_backoff(told, untold, _PAUSE, max_wait=_LONGEST_PAUSE, timeout=within)
        except asyncio.TimeoutError:
            self.log.warning(untold)

    def _background(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks = {t for t in getattr(self, "_tasks", set()) if not t.done()} | {task}
