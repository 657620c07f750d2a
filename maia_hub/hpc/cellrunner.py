"""Runs one cell of a notebook on the machine of its job; sent there as it is, with the `cloudpickle` it needs.

It needs no more than the standard library of Python 3.8, and can be read by 3.6, to say that this is too old.
``main`` reads ``cell.json``, ``cell.py`` and ``in.pickle`` beside this file. It writes ``out.pickle`` and last
``result.json``: whoever finds that finds all of it.
"""

import hashlib
import json
import linecache
import os
import pickle
import platform
import sys
import traceback
import types
from typing import Any

OLDEST = (3, 8)
NAME = "<cell>"


class Fault(Exception):
    """What goes wrong around the cell, in words."""


def main(here: str) -> int:
    """Run the cell in ``here`` and return the exit status."""
    if sys.version_info[:2] < OLDEST:
        print(f"Cells need Python 3.8 or newer; this is {platform.python_version()}.", file=sys.stderr)
        return 1
    with open(os.path.join(here, "cell.json"), encoding="utf-8") as file:
        cell = json.load(file)
    sys.path[0] = os.path.join(here, "cloudpickle.zip")
    import cloudpickle  # noqa: PLC0415 - it lies in the archive

    sys.path[0] = ""
    result = {
        "token": os.environ.get("MAIA_TOKEN", ""),
        "python": platform.python_version(),
        "cloudpickle": cloudpickle.__version__,
        "protocol": cell["protocol"],
    }
    if platform.python_version_tuple()[:2] != tuple(cell["python"].split(".")[:2]):
        print(
            f"The notebook has Python {cell['python']}, this machine {platform.python_version()}:"
            " data travels, functions and classes of the notebook may not.",
            file=sys.stderr,
        )
    try:
        data = dumped(cloudpickle, ran(cell, here), cell["protocol"])
        written(os.path.join(here, "out.pickle"), data)
        result.update(ok=True, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    except BaseException as error:
        told = as_told(error)
        sys.stdout.flush()
        print(told["traceback"], file=sys.stderr, end="", flush=True)
        result.update(ok=False, error=told)
    written(os.path.join(here, "result.json"), json.dumps(result).encode())
    return 0 if result["ok"] else 1


def ran(cell: Any, here: str) -> Any:
    """Run the cell with the variables that came along; return those that go back."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    module.__dict__.update(loaded(os.path.join(here, "in.pickle"), cell))
    with open(os.path.join(here, "cell.py"), encoding="utf-8", newline="") as file:
        source = file.read()
    linecache.cache[NAME] = (len(source), None, source.splitlines(True), NAME)
    try:
        exec(compile(source, NAME, "exec"), module.__dict__)  # noqa: S102 - running it is the purpose
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
    missing = [name for name in cell["out"] if name not in module.__dict__]
    if missing:
        raise NameError(f"the cell has set no variable {', '.join(missing)}, which is wanted back")
    return {name: module.__dict__[name] for name in cell["out"]}


def loaded(path: str, cell: Any) -> Any:
    """Read the variables that came along."""
    with open(path, "rb") as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != cell["sha256"]:
        raise Fault("The variables did not arrive whole.")
    try:
        return pickle.loads(data)  # noqa: S301 - the user's own, and as sent
    except ImportError as error:
        raise Fault(f"The variables need a module that Python has not got there: {error}.") from None
    except Exception as error:
        raise Fault(f"The variables cannot be read there: {type(error).__name__}: {error}") from error


def dumped(cloudpickle: Any, values: Any, protocol: int) -> Any:
    """Return variables as bytes; Fault names the one that cannot be sent."""
    try:
        return cloudpickle.dumps(values, protocol=protocol)
    except Exception as error:
        for name, value in values.items():
            try:
                cloudpickle.dumps(value, protocol=protocol)
            except Exception as why:
                raise Fault(f"The variable {name} ({type(value).__name__}) cannot be sent: {why}") from None
        raise Fault(f"The variables cannot be sent: {error}") from None


def as_told(error: BaseException) -> Any:
    """Return an error for the notebook, without the frames of this file."""
    last = error.__traceback__
    while last is not None and last.tb_frame.f_code.co_filename == __file__:
        last = last.tb_next
    lines = traceback.format_exception(type(error), error, last)
    if isinstance(error, Fault):
        lines = [f"{error}\n"]
    return {"type": type(error).__name__, "message": str(error)[:2000], "traceback": "".join(lines)[-50000:]}


def written(path: str, data: bytes) -> None:
    """Write a file whole or not at all."""
    with open(path + ".part", "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)


if __name__ == "__main__":
    sys.exit(main(os.path.dirname(os.path.abspath(__file__))))
