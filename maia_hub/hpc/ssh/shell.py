"""One shell at the other end that runs command after command: the login script is paid for once.

It reads the length of a script, then the script, then, as the script says, its standard input. What comes back lies
between marks that nobody can guess, on both streams; whatever else a login script or a forgotten child writes there is
dropped.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence

import asyncssh

from maia_hub.hpc.ssh import words
from maia_hub.hpc.transport import Completed, ConnectionLost, NoSuchFile, TimedOut

_LOOP = 'while read -r n; do eval "$(head -c "$n")"; done'
# The user's login shell may be any; what reads the commands is bash, else sh, with what a login there brings.
_START = (
    'exec sh -c \'if command -v bash >/dev/null 2>&1; then exec bash -lc "$1" bash; fi; exec sh -lc "$1" sh\' '
    f"sh '{_LOOP}'"
)
_GRACE = 10.0
"""Seconds beyond a command's own limit, within which the other end should have ended it."""
_START_WITHIN = 60.0
_CHUNK = 1 << 17


class ShellDied(Exception):
    """The shell or its connection ended; ``started`` tells whether the command may have begun."""

    def __init__(self, *, started: bool) -> None:
        super().__init__("the remote shell ended")
        self.started = started


class Shell:
    """A shell of one connection; one command at a time."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self._process = process
        self._buffers = {process.stdout: bytearray(), process.stderr: bytearray()}
        self._limits = False
        self.dead = False

    @classmethod
    async def open(cls, connection: asyncssh.SSHClientConnection) -> Shell:
        """Start one, and wait until it answers."""
        process = await connection.create_process(
            _START, encoding=None, env=None, send_env=None, request_pty=False
        )
        shell = cls(process)
        try:
            asked = await asyncio.wait_for(
                shell._exchange("command -v timeout >/dev/null", None), _START_WITHIN
            )
        except BaseException:
            shell.kill()
            raise
        shell._limits = asked.status == 0
        return shell

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        timeout: float,
    ) -> Completed:
        """Run a program; a shell that did not get through is dead afterwards."""
        text = words.command(argv, env=env, timeout=timeout if self._limits else None)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            done = await asyncio.wait_for(self._exchange(text, cwd, stdin), timeout + _GRACE * self._limits)
        except asyncio.TimeoutError:
            self.kill()
            raise _timed_out(argv, timeout) from None
        except BaseException:
            self.kill()
            raise
        if self._limits and done.status in (124, 137) and loop.time() - began >= timeout:
            raise _timed_out(argv, timeout)
        return done

    def kill(self) -> None:
        """Let go of it, whatever it does."""
        self.dead = True
        self._process.close()

    async def _exchange(self, text: str, cwd: str | None, stdin: bytes = b"") -> Completed:
        token = secrets.token_hex(16)
        script = words.encoded(_framed(text, cwd, token, len(stdin)))
        started = False
        try:
            self._process.stdin.write(b"%d\n%s" % (len(script), script))
            started = True
            if stdin:
                self._process.stdin.write(stdin)
            out, errors = await asyncio.gather(
                self._between(self._process.stdout, token), self._between(self._process.stderr, token)
            )
        except (OSError, asyncssh.Error) as e:
            self.dead = True
            raise ShellDied(started=started) from e
        stdout, _, status = out.rpartition(b":")
        if status == b"cwd":
            raise NoSuchFile("there is no such folder", given=cwd)
        return Completed(int(status), stdout, errors)

    async def _between(self, stream: asyncssh.SSHReader[bytes], token: str) -> bytes:
        """Return what comes between the marks."""
        buffer = self._buffers[stream]
        begin, end = f"<{token}:".encode(), f":{token}>".encode()
        await self._find(stream, begin)
        del buffer[: buffer.index(begin) + len(begin)]
        await self._find(stream, end)
        place = buffer.index(end)
        found = bytes(buffer[:place])
        del buffer[: place + len(end)]
        return found

    async def _find(self, stream: asyncssh.SSHReader[bytes], mark: bytes) -> None:
        buffer, searched = self._buffers[stream], 0
        while buffer.find(mark, searched) < 0:
            searched = max(0, len(buffer) - len(mark))
            data = await stream.read(_CHUNK)
            if not data:
                raise ConnectionResetError
            buffer += data


def _framed(text: str, cwd: str | None, token: str, stdin: int) -> str:
    """Return the script of one command: begin marks, the command with its input, its status, end marks.

    What the command leaves unread of its input is swallowed, for the next command's length comes behind it.
    """
    begin, end = f"<{token}:", f":{token}>"
    run = f"( {text} )" if cwd is None else f"( cd -- {words.quoted(words.path(cwd))} && {text} )"
    fed = f"head -c {stdin} | {{ {run}; s=$?; cat >/dev/null; exit $s; }}" if stdin else f"{run} </dev/null"
    guarded = fed + "; s=$?"
    if cwd is not None:
        folder = words.quoted(words.path(cwd))
        skip = f"head -c {stdin} >/dev/null; " if stdin else ""
        guarded = f"if ( cd -- {folder} ) 2>/dev/null; then {guarded}; else {skip}s=cwd; fi"
    return (
        f"printf '%s' '{begin}'; printf '%s' '{begin}' >&2; {guarded}; "
        f"printf ':%s%s' \"$s\" '{end}'; printf '%s' '{end}' >&2"
    )


def _timed_out(argv: Sequence[str], timeout: float) -> TimedOut:
    return TimedOut(
        f"{argv[0]} took longer than {timeout:g} s",
        advice="it may have done its work: look before you try again",
    )


def lost(error: ShellDied) -> ConnectionLost:
    """Return what the end of a shell means to whoever asked."""
    return ConnectionLost("the connection was lost", started=error.started, advice="try again")
