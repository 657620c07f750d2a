"""`python -m tests.images`: build all images of the product and say how large they are and how long it took."""

from __future__ import annotations

import time

from tests.images import building
from tests.kube import images


def main() -> None:
    """Build them one after the other."""
    for image in building.DOCKERFILES:
        began = time.monotonic()
        building.built(image)
        size = images.buildah("images", "--format", "{{.Size}}", building.name(image)).strip()
        print(f"{building.name(image):40} {size:>8} {time.monotonic() - began:6.0f} s", flush=True)


if __name__ == "__main__":
    main()
