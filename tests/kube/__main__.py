"""`python -m tests.kube up|down`: a disposable Kubernetes on this machine."""

from __future__ import annotations

import sys
import time

from tests.kube import cluster
from tests.kube.running import ours

USAGE = "usage: python -m tests.kube up|down"


def main(arguments: list[str]) -> int:
    """Do what was asked for and say how it went."""
    if arguments == ["up"]:
        began = time.monotonic()
        place = cluster.start()
        print(
            f"Kubernetes is up after {time.monotonic() - began:.0f} s. export KUBECONFIG={place.kubeconfig}"
        )
        return 0
    if arguments == ["down"]:
        for place in ours():
            cluster.down(place)
        print("Kubernetes is gone.")
        return 0
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RuntimeError as error:
        sys.exit(f"make kube: {error}")
