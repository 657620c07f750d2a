"""This machine as one that jobs run on: the second back end, for trying things out and for tests."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from maia_hub.hpc.transport import (
    DEFAULT_TIMEOUT,
    Completed,
    FileDenied,
    FileStat,
    NoSpace,
    NoSuchFile,
    TimedOut,
    TransportError,
)

_FULL = {errno.ENOSPC, errno.EDQUOT}


class LocalTransport:
    """Commands and files of this machine; relative paths are those of the user's home, as they are over SSH."""

    def __init__(self, home: Path | None = None, *, env: Mapping[str, str] | None = None) -> None:
        self._home = home or Path.home()
        self._env = dict(os.environ if env is None else env)

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run a program; see Transport.run."""
        folder = self._at(cwd or "")
        if not folder.is_dir():
            raise NoSuchFile(f"There is no folder {cwd}.", given=cwd)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=folder,
                env={**self._env, **(env or {})},
                start_new_session=True,
            )
        except FileNotFoundError:
            return Completed(127, b"", f"{argv[0]}: command not found".encode())
        except PermissionError:
            return Completed(126, b"", f"{argv[0]}: cannot be run".encode())
        try:
            stdout, stderr = await asyncio.wait_for(process.communicate(stdin), timeout)
        except asyncio.TimeoutError as e:
            raise TimedOut(f"{argv[0]} took longer than {timeout:g} s.") from e
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        status = process.returncode or 0
        return Completed(128 - status if status < 0 else status, stdout, stderr)

    async def read(self, path: str, *, offset: int = 0, limit: int | None = None) -> bytes:
        """Return a file's bytes."""
        with _told(path), self._at(path).open("rb") as file:
            file.seek(offset)
            return file.read(-1 if limit is None else limit)

    async def write(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """Write a small file whole or not at all."""
        final = self._at(path)
        with _told(path):
            number, part = tempfile.mkstemp(dir=final.parent, prefix=".part-")
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                    os.fchmod(file.fileno(), mode)
                Path(part).replace(final)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise

    async def rename(self, old: str, new: str) -> None:
        """Give a file another name."""
        with _told(old):
            self._at(old).replace(self._at(new))

    async def remove(self, path: str) -> None:
        """Remove a file."""
        with _told(path):
            self._at(path).unlink()

    async def mkdir(self, path: str, *, mode: int = 0o700) -> None:
        """Make a folder and those above it."""
        with _told(path):
            self._at(path).mkdir(mode=mode, parents=True, exist_ok=True)

    async def stat(self, path: str, *, follow: bool = True) -> FileStat:
        """Return what is known of a file or folder."""
        with _told(path):
            return _known(self._at(path).stat(follow_symlinks=follow))

    async def list(self, path: str) -> Mapping[str, FileStat]:
        """Return the names in a folder with what is known of each."""
        with _told(path), os.scandir(self._at(path)) as entries:
            return {each.name: _known(each.stat(follow_symlinks=False)) for each in entries}

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    def _at(self, path: str) -> Path:
        return self._home / path


def _known(found: os.stat_result) -> FileStat:
    return FileStat(size=found.st_size, mode=found.st_mode, modified=found.st_mtime)


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn what the operating system says into errors of a transport."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as e:
        raise NoSuchFile(f"There is no {path}.", given=path) from e
    except PermissionError as e:
        raise FileDenied(f"{path} is not yours to use.", given=path) from e
    except OSError as e:
        if e.errno in _FULL:
            raise NoSpace(f"There is no space left for {path}.", given=path) from e
        raise TransportError(f"{path}: {e.strerror or e}", given=path) from e
