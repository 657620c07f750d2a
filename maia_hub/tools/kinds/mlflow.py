"""MLflow: runs, their metrics and artifacts. It is signed in to as its one account."""

from __future__ import annotations

from maia_hub.tools.model import Health, Kind, Page

KIND = Kind(
    name="mlflow",
    title="MLflow",
    page=Page.SANDBOXED,
    health=Health("/health"),
    signs_in={"Authorization": "Basic {basic}"},
    assets=("static-files/",),
    environment={"MLFLOW_TRACKING_URI": "{url}", "MLFLOW_TRACKING_TOKEN": "{token}"},
)
