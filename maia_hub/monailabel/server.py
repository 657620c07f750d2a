"""Servers of MONAI Label: started, looked at, stopped, and started again as they were asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import httpx

from maia_hub.core.errors import Conflict, InvalidInput, MaiaError, NotFound, Unavailable
from maia_hub.monailabel import ohif, process
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.state import Folder, Known, Wish, folders
from maia_hub.tools.local.installing import cache
from maia_hub.tools.local.process import tail

Say = Callable[[str, float | None], None]
_ANSWERS_WITHIN = 30.0  # seconds; it says nothing while it opens a large image
_TRAINING_SAVES_WITHIN = 60.0
_READY_WITHIN = 600.0  # seconds; the first start reads 7 GB
_LOOK = 0.2
_ADVICE = "Its log says more: maia monailabel logs {}"


class State(str, Enum):
    """How a server fares; ``refused``: its app could not be made, ``died``: it ended, and nobody asked it to."""

    STARTING = "starting"
    READY = "ready"
    REFUSED = "refused"
    DIED = "died"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Server:
    """A server as it was found: ``address`` and ``secret`` (shown as Bearer) reach it from this machine alone.

    ``published`` are the models that can be taught in versions, and the file that each takes its weights from.
    """

    name: str
    state: State
    wish: Wish
    reason: str = ""
    address: str = ""
    secret: str = ""
    device: str = ""
    untrained: tuple[str, ...] = ()
    published: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Server({self.name!r}, {self.state.value!r}, {self.reason!r})"

    def client(self, timeout: float = _ANSWERS_WITHIN) -> httpx.Client:
        """Return what talks to it; to be closed."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=timeout, trust_env=False)


def start(environment: Environment, name: str, wish: Wish, say: Say = lambda *_: None) -> Server:
    """Start a server and return it when it is ready; one that runs, and is what is asked for, is returned.

    Where weights were asked for and cannot be fetched it is started without, and says so in ``wish.missing``.

    Raises:
        Conflict: one of that name runs and serves something else.
        InvalidInput: the app cannot be imported, or made; says in which file and line.
        Unavailable: it ended, or did not answer in time; says what it said last.
    """
    try:
        return _begun(environment, Folder(name), wish, say)
    except _WithoutNetwork as e:
        if wish.settings.get("use_pretrained_model") != "true":
            raise e.refusal from e
        say("The weights cannot be fetched. Starting untrained", None)
        settings = {**wish.settings, "use_pretrained_model": "false"}
        untrained = replace(wish, settings=settings, missing=f"The weights could not be fetched: {e}")
        return _begun(environment, Folder(name), untrained, say)


def stop(name: str) -> Server:
    """Stop a server: training saves first. What runs no more is stopped, too.

    Raises:
        NotFound: none of that name was ever started.
    """
    folder = Folder(name)
    _known(folder)
    with folder.alone():
        known = _known(folder)  # it may have been started meanwhile
        _end(folder, known)
        folder.keep(replace(known, stopped=True))
    return Server(name, State.STOPPED, known.wish)


def rest() -> list[str]:
    """Stop the servers that run, for their session ends: training saves first. `again` starts them in the next one."""
    rested = []
    for folder in folders():
        known = folder.known()
        if known is not None and process.runs(known.process):
            with folder.alone():
                _end(folder, known)
            rested.append(folder.name)
    return rested


def again(environment: Environment, say: Say = lambda *_: None) -> list[Server | MaiaError]:
    """Start again what ran when the session ended; on the CPU if that was said, on a GPU if there is one."""
    began: list[Server | MaiaError] = []
    for folder in folders():
        known = folder.known()
        if known is None or known.stopped or process.runs(known.process):
            continue
        wish = replace(known.wish, device="any") if known.wish.or_cpu else known.wish
        try:
            began.append(start(environment, folder.name, wish, say))
        except MaiaError as e:
            began.append(e)
    return began


def all_servers(*, ask: bool = True) -> list[Server]:
    """Return all servers that were ever started here, and how each fares; else, as each said when it was last ready."""
    return [found for folder in folders() if (found := _found(folder, ask=ask)) is not None]


def look(name: str) -> Server:
    """Return a server and how it fares; it is asked.

    Raises:
        NotFound: none of that name was ever started.
    """
    folder = Folder(name)
    _known(folder)
    found = _found(folder)
    if found is None:
        raise _unknown(name)
    return found


def reached(name: str) -> Server:
    """Return a server that was ready when it last said so, with its address and its word; it is not asked.

    Raises:
        NotFound: none of that name was ever started.
        Unavailable: it does not run, or is not ready yet.
    """
    folder = Folder(name)
    known, said = _known(folder), folder.ready()
    if said is None or not process.runs(known.process):
        raise Unavailable(
            "This MONAI Label is not ready.", given=name, advice="See how it fares: maia monailabel ls"
        )
    return _ready_one(folder, known, said)


def log(name: str, lines: int) -> list[str]:
    """Return the end of a server's log.

    Raises:
        NotFound: none of that name was ever started.
    """
    folder = Folder(name)
    _known(folder)
    return tail(folder.log, lines)


class _WithoutNetwork(Exception):
    """The app could not be made, for something could not be fetched."""

    def __init__(self, said: str, refusal: MaiaError) -> None:
        super().__init__(said)
        self.refusal = refusal


def _begun(environment: Environment, folder: Folder, wish: Wish, say: Say) -> Server:
    """Start one if none runs, and wait until it is ready; it can be stopped meanwhile."""
    with folder.alone():
        found = _found(folder)
        if found is None or found.state not in (State.STARTING, State.READY):
            say("Starting MONAI Label", None)
            secret = folder.begin(wish, _viewer(environment, folder, wish))
            began = process.start(environment, folder, wish)
            folder.keep(Known(wish, began.pid, began.start_time, began.boot_id, secret))
        elif not _same(found.wish, wish):
            raise Conflict(
                "A server of that name runs, and serves something else.",
                given=folder.name,
                advice=f"Stop it first (maia monailabel stop {folder.name}), or give this one another name.",
            )
    return _ready(folder, say)


def _viewer(environment: Environment, folder: Folder, wish: Wish) -> list[Any]:
    """Return the folders of the viewer's files: those of this server's path, the rewritten ones, all."""
    rewritten = cache() / f"{environment.folder.name}-ohif-{ohif.fingerprint()}"
    ohif.rewrite(environment.ohif, rewritten, ohif.PINNED)
    made = folder.root / "viewer"
    made.mkdir(exist_ok=True, mode=0o700)
    for name, text in ohif.page(environment.ohif, wish.base, wish.dicomweb).items():
        (made / name).write_text(text, encoding="utf-8")
    return [made, rewritten, environment.ohif]


def _ready(folder: Folder, say: Say) -> Server:
    """Wait until it answers; told apart from one that has only been started."""
    until = time.monotonic() + _READY_WITHIN
    while time.monotonic() < until:
        found = _found(folder)
        if found is None or found.state in (State.DIED, State.STOPPED):
            raise Unavailable(
                "MONAI Label ended before it was ready.",
                given=found.reason if found else None,
                advice=_ADVICE.format(folder.name),
            )
        if found.state is State.REFUSED:
            _refuse(folder)
        if found.state is State.READY:
            say("Ready", 1.0)
            return found
        time.sleep(_LOOK)
    raise Unavailable(
        f"MONAI Label did not answer within {_READY_WITHIN:g} s.",
        given="\n".join(tail(folder.log, 6)),
        advice=_ADVICE.format(folder.name),
    )


def _refuse(folder: Folder) -> None:
    """Say why the app could not be made."""
    refused = folder.refused() or {}
    refusal = InvalidInput(
        "MONAI Label cannot serve this app.", given=_reason(refused), advice=_ADVICE.format(folder.name)
    )
    if refused.get("network"):
        raise _WithoutNetwork(str(refused["says"]), refusal)
    raise refusal


def _reason(refused: dict[str, Any]) -> str:
    where = f"{refused['file']}, line {refused['line']}: " if refused.get("file") else ""
    return f"{where}{refused.get('says', '')}"


def _found(folder: Folder, *, ask: bool = True) -> Server | None:
    """Return a server as it is at this moment."""
    known = folder.known()
    if known is None:
        return None
    if not process.runs(known.process):
        return _ended(folder, known)
    said = folder.ready()
    if said is None:
        return Server(folder.name, State.STARTING, known.wish)
    found = _ready_one(folder, known, said)
    if not ask or _answers(found):
        return found
    return replace(found, state=State.STARTING) if process.runs(known.process) else _ended(folder, known)


def _ready_one(folder: Folder, known: Known, said: dict[str, Any]) -> Server:
    return Server(
        folder.name,
        State.READY,
        known.wish,
        reason=known.wish.missing,
        address=f"http://127.0.0.1:{said['port']}",
        secret=known.secret,
        device=said["device"],
        untrained=tuple(said["untrained"]),
        published=said.get("published", {}),
    )


def _ended(folder: Folder, known: Known) -> Server:
    if known.stopped:
        return Server(folder.name, State.STOPPED, known.wish)
    refused = folder.refused()
    if refused is not None:
        return Server(folder.name, State.REFUSED, known.wish, reason=_reason(refused))
    return Server(folder.name, State.DIED, known.wish, reason="\n".join(tail(folder.log, 6)))


def _answers(server: Server) -> bool:
    try:
        with server.client() as client:
            return client.get("/info/").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _end(folder: Folder, known: Known) -> None:
    found = _found(folder)
    if found is not None and found.state is State.READY:
        _save_training(found)
    process.end(known.process, folder)


def _save_training(server: Server) -> None:
    """Stop a training; it saves what it has come to. What does not answer is ended all the same."""
    try:
        with server.client(_TRAINING_SAVES_WITHIN) as client:
            if client.get("/train/", params={"check_if_running": True}).status_code == httpx.codes.OK:
                client.delete("/train/")
    except httpx.HTTPError:
        return


def _same(one: Wish, other: Wish) -> bool:
    """Tell whether two wishes are one, but for what could not be had."""
    return replace(one, missing="", settings={}) == replace(other, missing="", settings={}) and (
        bool(one.missing) or dict(one.settings) == dict(other.settings)
    )


def _known(folder: Folder) -> Known:
    known = folder.known()
    if known is None:
        raise _unknown(folder.name)
    return known


def _unknown(name: str) -> NotFound:
    return NotFound(
        "There is no server of MONAI Label of that name.",
        given=name,
        allowed=[each.name for each in folders()] or "none",
        advice="Start one: maia monailabel start",
    )
