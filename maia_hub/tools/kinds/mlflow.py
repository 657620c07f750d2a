"""MLflow: runs, their metrics and artifacts.

Here it keeps all in a folder and serves the artifacts itself. It knows one account, the door's, which tells people
apart.
"""

from __future__ import annotations

from typing import Any

import httpx

from maia_hub.tools.launch import Launch, Local, Place, PythonPackage
from maia_hub.tools.model import Fact, Health, Kind, Page, Tool

VERSION = "3.17.2"
_RUNS = 5
_POINTS = 60
"""Values of a metric that a card's line is drawn of, at most."""
_API = "/api/2.0/mlflow"

_ACCOUNTS = """\
[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///{run}/accounts.db
admin_username = {user}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 86400
"""


def _launch(place: Place) -> Launch:
    options = {
        "--app-name": "basic-auth",
        "--host": "127.0.0.1",
        "--port": str(place.ports["http"]),
        "--workers": "1",
        "--static-prefix": place.prefix,
        "--allowed-hosts": "*",  # only the door can sign in, and it has looked at host and origin
        "--cors-allowed-origins": "*",
        "--backend-store-uri": f"sqlite:///{place.data}/mlflow.db",
        "--artifacts-destination": str(place.data / "artifacts"),
    }
    python = str(place.installed / "bin" / "python")
    return Launch(
        command=[python, "-m", "mlflow", "server", *(word for pair in options.items() for word in pair)],
        environment={
            "MLFLOW_AUTH_CONFIG_PATH": str(place.run / "accounts.ini"),
            "MLFLOW_AUTH_ADMIN_USERNAME": place.user,
            "MLFLOW_AUTH_ADMIN_PASSWORD": place.secret,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": place.secret,
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
        },
        files={"accounts.ini": _ACCOUNTS.format(run=place.run, user=place.user)},
    )


async def _last_runs(tool: Tool, client: httpx.AsyncClient) -> Fact | None:
    """Return the last runs, the metric that each wrote last, and how that went."""
    api = f"{tool.asked_at}{_API}"
    found = await client.post(f"{api}/experiments/search", json={"max_results": 50})
    experiments = [each["experiment_id"] for each in found.raise_for_status().json().get("experiments", [])]
    asked = {"experiment_ids": experiments, "max_results": _RUNS, "order_by": ["attributes.start_time DESC"]}
    runs = (await client.post(f"{api}/runs/search", json=asked)).raise_for_status().json().get("runs", [])
    return {"runs": [await _told(run, api, client) for run in runs]}


async def _told(run: dict[str, Any], api: str, client: httpx.AsyncClient) -> dict[str, Any]:
    info = run["info"]
    metrics = run.get("data", {}).get("metrics", [])
    latest = max(metrics, key=lambda metric: int(metric["timestamp"]), default=None)
    values: list[float] = []
    if latest is not None:
        asked = {"run_id": info["run_id"], "metric_key": latest["key"], "max_results": "5000"}
        answer = await client.get(f"{api}/metrics/get-history", params=asked)
        history = answer.raise_for_status().json().get("metrics", [])
        every = max(1, len(history) // _POINTS)
        values = [float(each["value"]) for each in history[::-every][::-1]]
    return {
        "name": info.get("run_name", ""),
        "metric": latest["key"] if latest is not None else None,
        "values": values,
        "started": int(info["start_time"]),
        "url": f"#/experiments/{info['experiment_id']}/runs/{info['run_id']}",
    }


KIND = Kind(
    name="mlflow",
    title="MLflow",
    page=Page.SANDBOXED,
    health=Health("/health"),
    signs_in={"Authorization": "Basic {basic}"},
    assets=("static-files/",),
    environment={
        "MLFLOW_TRACKING_URI": "{url}",
        "MLFLOW_TRACKING_TOKEN": "{token}",
        "MLFLOW_DISABLE_TELEMETRY": "true",  # its client would tell its makers how it is used
    },
    fact=_last_runs,
    snippet="""\
import mlflow

with mlflow.start_run():
    mlflow.log_metric("accuracy", 0.9)
""",
    local=Local(
        version=VERSION, package=PythonPackage("mlflow"), launch=_launch, path="{prefix}", ready_within=180
    ),
)
