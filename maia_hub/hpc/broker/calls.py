"""What clients may have done over a connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from msgspec.structs import asdict as fields

from maia_hub.hpc.broker.messages import data, text
from maia_hub.hpc.ssh.link import Link
from maia_hub.hpc.transfer import byfiles
from maia_hub.hpc.transfer.delivering import deliver
from maia_hub.hpc.transfer.fetch import fetch
from maia_hub.hpc.transfer.folders import Folder
from maia_hub.hpc.transfer.quick import Command
from maia_hub.hpc.transfer.send import send

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
Method = Callable[[Link, Mapping[str, Any], Tell], Awaitable[Any]]


async def _sign_in(link: Link, given: Mapping[str, Any], tell: Tell) -> None:
    await link.channels()


async def _close(link: Link, given: Mapping[str, Any], tell: Tell) -> None:
    await link.close()


async def _run(link: Link, given: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    more = {**given, "argv": [text(word) for word in given["argv"]]}
    if given.get("env"):
        more["env"] = {name: text(value) for name, value in given["env"].items()}
    if given.get("cwd") is not None:
        more["cwd"] = text(given["cwd"])
    return asdict(await link.run(**more))


async def _read(link: Link, given: Mapping[str, Any], tell: Tell) -> bytes:
    return await link.read(text(given["path"]), offset=given["offset"], limit=given["limit"])


async def _write(link: Link, given: Mapping[str, Any], tell: Tell) -> None:
    await link.write(text(given["path"]), given["data"], mode=given["mode"])


async def _rename(link: Link, given: Mapping[str, Any], tell: Tell) -> None:
    await link.rename(text(given["old"]), text(given["new"]))


async def _remove(link: Link, given: Mapping[str, Any], tell: Tell) -> None:
    await link.remove(text(given["path"]))


async def _mkdir(link: Link, given: Mapping[str, Any], tell: Tell) -> None:
    await link.mkdir(text(given["path"]), mode=given["mode"])


async def _stat(link: Link, given: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    return asdict(await link.stat(text(given["path"]), follow=given["follow"]))


async def _list(link: Link, given: Mapping[str, Any], tell: Tell) -> list[tuple[bytes, dict[str, Any]]]:
    found = await link.list(text(given["path"]))
    return [(data(name), asdict(known)) for name, known in found.items()]


async def _send(link: Link, given: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    ignore = [text(each) for each in given["ignore"]]
    local = Path(text(given["local"]))
    way = byfiles.send if given.get("files_only") else send
    return fields(await way(link, local, text(given["remote"]), ignore=ignore, tell=tell))


async def _fetch(link: Link, given: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    patterns = [text(each) for each in given["patterns"]]
    local = Path(text(given["local"]))
    way = byfiles.fetch if given.get("files_only") else fetch
    return fields(await way(link, text(given["remote"]), local, patterns, tell=tell))


async def _deliver(link: Link, given: Mapping[str, Any], tell: Tell) -> dict[str, Any] | None:
    folders = [
        Folder(Path(text(local)), text(root), [text(each) for each in ignore])
        for local, root, ignore in given["folders"]
    ]
    env = {name: text(value) for name, value in given["env"].items()}
    command = Command([text(word) for word in given["argv"]], given["stdin"], env, given["timeout"])
    done = await deliver(link, folders, command)
    return None if done is None else asdict(done)


METHODS: Mapping[str, Method] = {
    "sign_in": _sign_in,
    "close": _close,
    "run": _run,
    "read": _read,
    "write": _write,
    "rename": _rename,
    "remove": _remove,
    "mkdir": _mkdir,
    "stat": _stat,
    "list": _list,
    "send": _send,
    "fetch": _fetch,
    "deliver": _deliver,
}
