"""Jobs on a Slurm system that a workspace in a pod reaches by ssh, as it does from any other machine."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.images.pods import Pod, until, workspace
from tests.kube.kube import Kube
from tests.kube.place import Place
from tests.slurm.proxy import between
from tests.slurm.site import Site

CONFIG = """Host login
  HostName {host}
  Port {port}
  User {user}
  IdentityFile ~/.ssh/id_ed25519
"""
WRITE = 'umask 077; mkdir -p ~/.ssh ~/.maia/systems; printf %s "$1" >"$HOME/$2"'


@pytest.fixture
def pod(kube: Kube, restricted: str, workspace_image: str, site: Site) -> Iterator[Pod]:
    """A workspace whose owner has a key to the system, and has said that it is there."""
    address = (kube.place or Place()).address
    with between(site.sshd.port, host=address) as login:
        made = workspace(kube, restricted, "hpc", workspace_image, ["sleep", "infinity"])
        until(lambda: made.status()["phase"] == "Running", lambda: str(made.status()))
        where = {"host": address, "port": login.port, "user": site.account.name}
        for path, text in {
            ".ssh/config": CONFIG.format(**where),
            ".ssh/known_hosts": f"[{where['host']}]:{where['port']} {site.sshd.host_key}\n",
            ".ssh/id_ed25519": site.account.key.read_text(),
            ".maia/systems/login.yaml": "control: {host: login}\npoll: 1s\n",
        }.items():
            made.run("sh", "-c", WRITE, "sh", text, path)
        yield made
        kube.kubectl("delete", "pod", "-n", restricted, "hpc", "--now")


def test_a_job_is_submitted_watched_and_fetched_from_a_pod(pod: Pod, site: Site) -> None:
    def hpc(*words: str) -> str:
        return pod.run("maia", "hpc", *words)

    words = ["bash", "-c", 'echo "$SLURM_JOB_ID on $(whoami)"; echo 1 >found.txt']
    token = json.loads(hpc("submit", "--json", "--system", "login", "--memory", "10M", "--", *words))["token"]

    def ended() -> bool:
        (job,) = json.loads(hpc("ls", "--json"))
        return bool(job["state"] == "COMPLETED")

    until(ended, lambda: hpc("ls"))
    assert hpc("logs", token).split()[1:] == ["on", site.account.name]
    hpc("fetch", token, "*.txt", "--to", "results")
    assert pod.run("cat", "results/found.txt") == "1\n"
