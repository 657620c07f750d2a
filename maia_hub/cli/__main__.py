"""``python -m maia_hub.cli`` is the same as ``maia``."""

from maia_hub.cli import main

main()
