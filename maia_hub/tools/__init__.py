"""Kinds of tools, and how a tool is started, reached and signed in to.

What may be here: what a tool is, as data, one file per kind; what the site's settings may say of tools that run
elsewhere; the running of tools on this machine. What never may: who may use a tool (the door asks the hub), pages.

A new kind is one file in `kinds/` that holds a `KIND`; the package finds it::

    # maia_hub/tools/kinds/grafana.py
    from maia_hub.tools.model import Health, Kind, Page

    KIND = Kind(
        name="grafana",
        title="Grafana",
        page=Page.SANDBOXED,
        health=Health("/api/health"),
        environment={"GRAFANA_URL": "{url}"},
    )

With that a project's settings may name tools of this kind that run elsewhere. ``local=Local(...)`` says how this
machine installs and starts one (see `kinds/mlflow.py` for one of Python); ``fact`` asks
the tool for what its card shows. `tests/tools/test_kinds.py` goes over all kinds and holds each to what it says.
"""

from maia_hub.tools.credentials import Credentials
from maia_hub.tools.model import Health, Kind, Page, State, Status, Tool

__all__ = ["Credentials", "Health", "Kind", "Page", "State", "Status", "Tool"]
