"""The process of a server: started so that it outlives whoever starts it, ended whole."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from maia_hub import supervise
from maia_hub.core import sessionfile
from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.state import MARK, Folder, Wish
from maia_hub.supervise import Identity

SERVED = Path(__file__).parent / "served"
"""What MONAI Label's processes find in their path."""
_LOOK = 0.05
_PATIENCE = 15.0  # seconds to end in, once training has been asked to save
_KEPT = (
    sessionfile.MARK,  # a session ends all that carries it
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LD_LIBRARY_PATH", "XDG_CACHE_HOME"),
    *(
        "CUDA_VISIBLE_DEVICES",
        "NVIDIA_VISIBLE_DEVICES",
        "OMP_NUM_THREADS",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
    ),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)


def start(environment: Environment, folder: Folder, wish: Wish) -> Identity:
    """Start it; what an earlier one may have left is ended first. Its output goes to the log."""
    supervise.end_marked(MARK, str(folder.root), _PATIENCE)
    log = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    words = [str(environment.python), "-m", "maia_served.serve", str(folder.root)]
    places = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
    try:
        pid = os.posix_spawn(words[0], words, _environment(folder, wish), file_actions=places, setsid=True)
    finally:
        os.close(log)
        os.close(nothing)
    return Identity.of(pid)


def runs(process: Identity) -> bool:
    """Tell whether it has not ended; one that was started by this very process is buried if it has."""
    with suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    return process.alive()


def end(process: Identity, folder: Folder) -> None:
    """Have it end, and all that it has started; what does not within its time is killed."""
    if runs(process):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
    until = time.monotonic() + _PATIENCE
    while runs(process) and time.monotonic() < until:
        time.sleep(_LOOK)
    supervise.end_marked(MARK, str(folder.root), 0)
    runs(process)


def _environment(folder: Folder, wish: Wish) -> dict[str, str]:
    """Return what it needs of this process's environment, and nothing of the platform's secrets."""
    own = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own |= {MARK: str(folder.root), "PYTHONPATH": str(SERVED), "PYTHONUNBUFFERED": "1"}
    own |= {"MONAI_LABEL_AUTH_ENABLE": "false", "MONAI_LABEL_DATASTORE_AUTO_RELOAD": "true"}
    if wish.device == "cpu":
        own["CUDA_VISIBLE_DEVICES"] = ""
    if wish.modalities:
        own["MONAI_LABEL_DICOMWEB_SEARCH_FILTER"] = json.dumps({"Modality": ",".join(wish.modalities)})
        own["MONAI_LABEL_DICOMWEB_CACHE_PATH"] = str(folder.root / "images")
    if wish.token:
        own |= {"MAIA_IMAGES": wish.images, "MAIA_IMAGES_TOKEN": wish.token}
    return own
