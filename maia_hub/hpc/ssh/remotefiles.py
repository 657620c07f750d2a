"""Single files by sftp: reading, writing in one step, and what the server's refusals mean."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import cast

import asyncssh

from maia_hub.hpc.transport import FileDenied, FileStat, NoSpace, NoSuchFile, TransportError


def name(path: str) -> bytes:
    """Return a path as the bytes that the server gets; it is never expanded there."""
    return (path or ".").encode(errors="surrogateescape")


async def read(files: asyncssh.SFTPClient, path: str, offset: int, limit: int | None) -> bytes:
    """Return a part of a file."""
    async with files.open(name(path), "rb") as file:
        return cast("bytes", await file.read(-1 if limit is None else limit, offset))


async def write(files: asyncssh.SFTPClient, path: str, data: bytes, mode: int) -> None:
    """Write a file beside its place, then put it there."""
    whole = PurePosixPath(path)
    temporary = name(str(whole.with_name(f".maia-{secrets.token_hex(8)}")))
    try:
        async with files.open(temporary, "xb", asyncssh.SFTPAttrs(permissions=mode)) as file:
            await file.write(data)
            await file.setstat(asyncssh.SFTPAttrs(permissions=mode))
        await files.posix_rename(temporary, name(path))
    except BaseException:
        with suppress(OSError, asyncssh.Error):
            await files.remove(temporary)
        raise


async def mkdir(files: asyncssh.SFTPClient, path: str, mode: int) -> None:
    """Make a folder and those above it, from the lowest that is there on."""
    missing = []
    for each in (PurePosixPath(path), *PurePosixPath(path).parents):
        if await files.isdir(name(str(each))):
            break
        missing.append(each)
    for each in reversed(missing):
        try:
            await files.mkdir(name(str(each)), asyncssh.SFTPAttrs(permissions=mode))
        except asyncssh.SFTPError:
            if not await files.isdir(name(str(each))):  # somebody else may have been faster
                raise


async def listing(files: asyncssh.SFTPClient, path: str) -> Mapping[str, FileStat]:
    """Return the names in a folder with what is known of each."""
    found = {}
    for entry in await files.readdir(name(path)):
        filename = entry.filename
        text = filename if isinstance(filename, str) else filename.decode(errors="surrogateescape")
        if text not in (".", ".."):
            found[text] = known(entry.attrs)
    return found


def known(attributes: asyncssh.SFTPAttrs) -> FileStat:
    """Return what is known of a file."""
    mode = attributes.permissions or 0
    if not stat.S_IFMT(mode):
        mode |= {1: stat.S_IFREG, 2: stat.S_IFDIR, 3: stat.S_IFLNK}.get(attributes.type or 0, 0)
    return FileStat(size=attributes.size or 0, mode=mode, modified=float(attributes.mtime or 0))


@contextmanager
def told(path: str, *, writing: bool = False) -> Iterator[None]:
    """Turn the server's refusals into ours."""
    try:
        yield
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as e:
        raise NoSuchFile("there is no such file", given=path) from e
    except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect) as e:
        raise FileDenied("you may not do that with the file", given=path) from e
    except (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded) as e:
        raise NoSpace("the disk is full, or your quota is used up", given=path, advice=_ROOM) from e
    except asyncssh.SFTPFailure as e:
        if writing:  # the protocol's common version has no word for it
            said = (
                "the file could not be written: the disk is full or your quota used up, or the server fails"
            )
            raise NoSpace(said, given=path, advice=_ROOM) from e
        raise TransportError("the server refuses that", given=path, advice=str(e)[:200]) from e


_ROOM = "see whether the disk is full or your quota is used up, make room, then try again: it goes on where it was"
