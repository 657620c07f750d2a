"""Kinds of tools, and how a tool is started, reached and signed in to.

What may be here: what a tool is, as data, one file per kind; what the site's settings may say of tools that run
elsewhere; the running of tools on this machine. What never may: who may use a tool (the door asks the hub), pages.

A new kind is one file in `kinds/` that holds a `KIND`; the package finds it::

    # maia_hub/tools/kinds/grafana.py
    '''Grafana: what a project's machines do.'''

    from maia_hub.tools.model import Health, Kind, Page

    KIND = Kind(
        name="grafana",
        title="Grafana",
        page=Page.SANDBOXED,
        health=Health("/api/health"),
        signs_in={"Authorization": "Bearer {secret}"},
        assets=("public/",),
        environment={"GRAFANA_URL": "{url}"},
    )

With that a project's settings may name tools of this kind that run elsewhere::

    "tools": {"vision": {"charts": {"kind": "grafana", "address": "https://grafana.example.org", "secret": "..."}}}

- Without ``signs_in`` the secret of the settings goes nowhere, and the tool asks people to sign in, which they cannot
  do on a sandboxed page: it keeps no cookie.
- A sandboxed page loads scripts, styles and fonts without any sign-in: name in ``assets`` where they are, or it stays
  white. What it asks by script goes through as the person who looks.
- ``fact`` asks the tool for what its card shows, ``snippet`` is what *Use in notebook* inserts.
- ``local=Local(...)`` says how this machine installs and starts one. `kinds/mlflow.py` is one of Python: its package
  is named in ``locks/NAME.in``, and ``make lock`` writes ``locks/NAME.lock``. One that knows no sign-in is started by
  a guard, see `guards/`.
- ``elsewhere`` is what holds of one that runs elsewhere, where that is less (see `kinds/label_studio.py`).

`tests/tools/test_kinds.py` goes over all kinds and holds each to what it says; one that runs here is also started for
real in `tests/tools/test_kinds_here.py`.
"""

from maia_hub.tools.credentials import Credentials
from maia_hub.tools.model import Health, Kind, Page, State, Status, Tool

__all__ = ["Credentials", "Health", "Kind", "Page", "State", "Status", "Tool"]
