"""Label Studio: images and texts of a project, annotated by its people.

Here it takes the door's word for who asks: each person has an account of her own and never signs in. It tells nobody
anything: no analytics, no reports of errors, no question for a newer version. One that runs elsewhere is reached by its
API alone, with a legacy token of one of its accounts (`enable_legacy_api_token`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from maia_hub.tools import guards
from maia_hub.tools.launch import Launch, Local, Place, PythonPackage
from maia_hub.tools.model import Health, Kind, Page

VERSION = "1.23.2"
_GUARD = Path(guards.__file__).with_name("guarded_label_studio.py")


def _launch(place: Place) -> Launch:
    quiet = ("COLLECT_ANALYTICS", "LATEST_VERSION_CHECK", "INACTIVITY_SESSION_TIMEOUT_ENABLED")
    return Launch(
        command=[str(place.installed / "bin" / "python"), str(_GUARD)],
        environment={
            "MAIA_GUARD": place.secret,
            "MAIA_PREFIX": place.prefix,
            "MAIA_PORT": str(place.ports["http"]),
            "LABEL_STUDIO_BASE_DATA_DIR": str(place.data),
            "SECRET_KEY": place.secret,
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "DISABLE_SIGNUP_WITHOUT_LINK": "1",
            **dict.fromkeys(quiet, "0"),
        },
    )


_ELSEWHERE = Kind(
    name="label-studio",
    title="Label Studio",
    page=Page.NONE,
    health=Health("/health"),
    signs_in={"Authorization": "Token {secret}"},
    only=("api/",),
    environment={"LABEL_STUDIO_URL": "{url}", "LABEL_STUDIO_API_KEY": "{token}"},
    snippet="""\
import os

import requests

studio = requests.Session()
studio.headers["Authorization"] = f"Token {os.environ['LABEL_STUDIO_API_KEY']}"
api = os.environ["LABEL_STUDIO_URL"] + "/api"
for project in studio.get(f"{api}/projects").json()["results"]:
    print(project["id"], project["title"], project["num_tasks_with_annotations"], "of", project["task_number"])
""",
)
KIND = replace(
    _ELSEWHERE,
    page=Page.SANDBOXED,
    signs_in={"Authorization": "Token {secret}", "X-MAIA-Person": "{person}"},
    only=(),
    assets=("static/", "react-app/", "favicon.ico"),
    elsewhere=_ELSEWHERE,
    local=Local(
        version=VERSION,
        package=PythonPackage("label_studio"),
        launch=_launch,
        path="{prefix}",
        ready_within=600,
    ),
)
