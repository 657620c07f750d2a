"""`maia hpc`: jobs on Slurm systems, and on this machine as plain processes; a file for each kind of commands."""

from __future__ import annotations

from maia_hub.cli.hpc import submit, jobs, show, systems, shell  # isort: skip - the order of the overview
from maia_hub.cli.hpc.common import app

__all__ = ["app", "jobs", "shell", "show", "submit", "systems"]
