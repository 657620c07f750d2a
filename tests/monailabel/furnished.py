"""The small environment where MAIA Hub looks for the real one, with what a panel asks: models, samples, a data set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maia_hub.monailabel import environment, ohif
from maia_hub.monailabel.environment import Environment
from maia_hub.tools.local.installing import cache
from tests.monailabel import small

MODELS = ("deepedit", "segmentation_spleen")
SAMPLES = ("ct-0001", "ct-0002", "mr-0003")
AUTHOR = "rita"
_CONFIG = "class Config(TaskConfig): pass\n"
_INFO = {
    "name": "MONAILabel - Radiology",
    "description": "DeepLearning models for radiology",
    "version": "0.8.5",
    "labels": ["spleen"],
    "models": {
        "segmentation_spleen": {
            "type": "segmentation",
            "labels": {"spleen": 1},
            "dimension": 3,
            "description": "A pre-trained model for volumetric (3D) segmentation of the spleen from CT image",
        },
        "deepedit": {
            "type": "deepedit",
            "labels": {"spleen": 1},
            "dimension": 3,
            "description": "Clicks correct it",
        },
    },
    "trainers": {"segmentation_spleen": {"description": "Train the spleen"}},
    "strategies": {"random": {"description": "Random Strategy"}, "first": {"description": "First Strategy"}},
    "datastore": {"total": 3, "completed": 1, "label_tags": {"final": 1}},
}
_LABELS = {
    "ct-0001": {"final": {"ext": ".nii.gz", "info": {"ts": 1_790_000_000, "user": AUTHOR}}},
    "mr-0003": {"original": {"ext": ".nii.gz", "info": {"ts": 1_790_000_100, "model": "deepedit"}}},
}
_DATASTORE = {
    "name": "scans",
    "objects": {
        name: {"image": {"ext": ".nii.gz", "info": {"ts": 1_790_000_000}}, "labels": _LABELS.get(name, {})}
        for name in SAMPLES
    },
}
_ROUTES = f"""
import json
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
INFO = json.loads({json.dumps(json.dumps(_INFO))})
STORE = json.loads({json.dumps(json.dumps(_DATASTORE))})
running = {{"train": "", "batch/infer": ""}}
async def look(request): return JSONResponse(INFO)
async def data(request): return JSONResponse(STORE)
async def sample(request):
    strategy = request.path_params["strategy"]
    taken = {{strategy: {{"ts": 1790000200, "client_id": "ada"}}}}
    STORE["objects"]["ct-0002"]["image"]["info"]["strategy"] = taken
    return JSONResponse({{"id": "ct-0002", "strategy": taken}})
def background(kind):
    async def serve(request):
        if request.method == "POST":
            if running[kind]:
                return JSONResponse({{"detail": "busy"}}, 429)
            running[kind] = request.path_params["model"]
        elif request.method == "DELETE":
            running[kind] = ""
        status = {{"status": "RUNNING", "request": {{"model": running[kind]}}, "details": ["epoch 1"]}}
        return JSONResponse(status, 200 if running[kind] or request.method != "GET" else 404)
    return serve
app = Starlette(routes=[
    Route("/info/", look), Route("/datastore/", data),
    Route("/activelearning/{{strategy}}", sample, methods=["POST"]),
    *(Route(path, background(kind), methods=methods) for kind in running for path, methods in (
        (f"/{{kind}}/{{{{model}}}}", ["POST"]), (f"/{{kind}}" + "/" * (kind == "train"), ["GET", "DELETE"]))),
])
"""


def lay_out(cache_home: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Put it into a cache, as if it had been made and its viewer rewritten; processes with that cache find it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_home))
    place = environment.place()
    made = small.environment(place)
    app = place / "packages" / "monailabel" / "app.py"
    app.write_text(app.read_text() + _ROUTES)
    configs = made.apps / "radiology" / "lib" / "configs"
    configs.mkdir(parents=True)
    for name in MODELS:
        (configs / f"{name}.py").write_text(_CONFIG)
    (made.apps / "radiology" / "main.py").write_text(small.APP)
    (cache() / f"{place.name}-ohif-{ohif.fingerprint()}").mkdir()
    return made
