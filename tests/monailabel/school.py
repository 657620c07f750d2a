"""A small MONAI Label that can train: what of MONAI Label's modules a training, a prediction and a label go through.

A training writes which images it learnt from, and how good it became: the file ``quality`` of the app says how many
slices its model finds of the eight that are drawn. It waits as long as there is a file ``hold``, fails on ``break``,
and makes its model as large as ``pad``.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import nibabel
import numpy as np

from maia_hub.monailabel.learning.datasets import held_out

SIDE, DRAWN = 16, 8
MODEL = "spleen"
FILES = {
    "monailabel/main.py": """
import argparse, os
APP = []
class Main:
    def args_parser(self):
        parser = argparse.ArgumentParser()
        parser.add_argument("action")
        for name in ("app", "studies", "host", "port"):
            parser.add_argument(f"--{name}")
        parser.add_argument("--conf", nargs=2, action="append")
        return parser
    def start_server_validate_args(self, arguments): pass
    def start_server_init_settings(self, arguments):
        APP.append(arguments)
        os.environ["SCHOOL_APP"], os.environ["SCHOOL_IMAGES"] = arguments.app, arguments.studies
""",
    "monailabel/interfaces/utils/app.py": """
import importlib.util, json, os, sys
from pathlib import Path
apps = []
def app_instance():
    if not apps:
        path = Path(os.environ["SCHOOL_APP"]) / "main.py"
        spec = importlib.util.spec_from_file_location("main", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        apps.append(module.MyApp({}))
    return apps[0]
if __name__ == "__main__":
    from monailabel.datastore.local import LocalDatastoreModel
    request = json.loads(sys.argv[sys.argv.index("-r") + 1])
    app_instance()._trainers[request["model"]](request, LocalDatastoreModel(os.environ["SCHOOL_IMAGES"]))
""",
    "monailabel/datastore/local.py": """
import json
from pathlib import Path
class LocalDatastoreModel:
    def __init__(self, folder):
        self.objects = json.loads((Path(folder) / "datastore.json").read_text())["objects"]
    def filter_by_tag(self, tag):
        return {name: each for name, each in self.objects.items() if tag in each["labels"]}
""",
    "ignite/engine/__init__.py": "from .engine import Engine, Events\n",
    "ignite/engine/engine.py": """
from types import SimpleNamespace
class Events:
    ITERATION_COMPLETED = "iteration completed"
class Engine:
    def __init__(self, epochs):
        self.state, self.ended, self.handlers = SimpleNamespace(max_epochs=epochs), False, []
    def terminate(self): self.ended = True
    def add_event_handler(self, event, handler): self.handlers.append(handler)
    def step(self, epoch):
        self.state.epoch = self.state.iteration = epoch
        self.state.output = [{"loss": 1 / epoch}]
        for each in self.handlers: each(self)
""",
    "monailabel/tasks/train/basic_train.py": """
import json, shutil, time
from pathlib import Path
from types import SimpleNamespace
class BasicTrainTask:
    def __init__(self, app, name):
        self._app, self._name = Path(app), name
        self._publish_path = str(self._app / "model" / f"{name}.pt")
    def finalize(self, context): pass
    def __call__(self, request, datastore):
        from ignite.engine import Engine
        trainer = Engine(request["max_epochs"])
        self.finalize(SimpleNamespace(trainer=trainer, local_rank=0))
        folder = self._app / "model" / self._name / request["name"]
        folder.mkdir(parents=True, exist_ok=True)
        images = sorted(datastore.filter_by_tag("final"))
        for epoch in range(1, request["max_epochs"] + 1):
            pad = (self._app / "pad").read_text() if (self._app / "pad").exists() else ""
            model = {"images": images, "quality": int((self._app / "quality").read_text())}
            (folder / "model.pt").write_text(json.dumps(model) + " " * len(pad))
            Path(self._publish_path).parent.mkdir(exist_ok=True)
            shutil.copy(folder / "model.pt", self._publish_path)
            trainer.step(epoch)
            if (self._app / "break").exists(): raise RuntimeError("CUDA out of memory")
            while (self._app / "hold").exists() and not trainer.ended: time.sleep(0.02)
            if trainer.ended: return
""",
    "monailabel/tasks/infer/basic_infer.py": """
import gzip, json, os
import nibabel, numpy
class BasicInferTask:
    def __init__(self, path):
        self.path, self._networks = [path], {}
    def get_path(self):
        return next((each for each in self.path if os.path.exists(each)), None)
    def _get_network(self, device, data):
        path = self.get_path()
        return json.load(open(path)) if path else {"quality": 0}
    def __call__(self, request):
        found = numpy.zeros((16, 16, 16), dtype=numpy.uint8)
        found[: self._get_network("cpu", request)["quality"]] = 1
        return gzip.compress(nibabel.Nifti1Image(found, numpy.eye(4)).to_bytes())
""",
    "monailabel/utils/async_tasks/utils.py": """
import json, subprocess, sys, threading, uuid
_tasks, _processes = [], {}
def tasks(method): return _tasks
def processes(method): return _processes if method == "train" else {}
def stop_background_task(method):
    for each in list(processes(method).values()): each.kill()
def run(request):
    _tasks.append({"id": uuid.uuid4().hex, "status": "SUBMITTED", "request": request})
    threading.Thread(target=_work, args=(_tasks[-1],), daemon=True).start()
def _work(task):
    command = [sys.executable, "-m", "monailabel.interfaces.utils.app", "-m", "train"]
    command += ["-r", json.dumps(task["request"])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    _processes[task["id"]] = process
    task["status"], task["details"] = "RUNNING", []
    for line in process.stdout: task["details"] = [*task["details"], line.rstrip()][-20:]
    code = process.wait()
    del _processes[task["id"]]
    if task["status"] == "RUNNING": task["status"] = "ERROR" if code else "DONE"
""",
    "monailabel/app.py": """
import json, os, time
from pathlib import Path
from urllib.parse import parse_qs
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from monailabel.interfaces.utils.app import app_instance
from monailabel.utils.async_tasks import task, utils
IMAGES = Path(os.environ["SCHOOL_IMAGES"])
async def info(request): return JSONResponse({"models": {"spleen": {"labels": {"background": 0, "spleen": 1}}}})
async def trainings(request):
    if request.method == "DELETE":
        task.stop_background_task("train")
        return JSONResponse({})
    if request.query_params.get("check_if_running"):
        return JSONResponse({}, 200 if utils.processes("train") else 404)
    return JSONResponse(utils.tasks("train"), 200 if utils.tasks("train") else 404)
async def train(request):
    if utils.processes("train"): return JSONResponse({}, 429)
    utils.run({"model": request.path_params["model"], **await request.json()})
    return JSONResponse({})
async def infer(request):
    (params,) = parse_qs((await request.body()).decode())["params"]
    wanted = {"image": request.query_params["image"], **json.loads(params)}
    return Response(app_instance()._infers[request.path_params["model"]](wanted))
async def store(request): return JSONResponse(json.loads((IMAGES / "datastore.json").read_text()))
async def label(request):
    image = request.query_params.get("image")
    if request.method == "PUT":
        (IMAGES / "labels" / "final" / f"{image}.nii.gz").write_bytes(await request.body())
        kept = json.loads((IMAGES / "datastore.json").read_text())
        kept["objects"][image] = {"labels": {"final": {"info": {"ts": time.time()}}}}
        (IMAGES / "datastore.json").write_text(json.dumps(kept))
        return JSONResponse({"image": image})
    return Response((IMAGES / "labels" / "final" / f"{request.query_params['label']}.nii.gz").read_bytes())
app = Starlette(routes=[
    Route("/info/", info), Route("/train/", trainings, methods=["GET", "DELETE"]),
    Route("/train/{model}", train, methods=["POST"]), Route("/infer/{model}", infer, methods=["POST"]),
    Route("/datastore/", store), Route("/datastore/label", label, methods=["GET", "PUT"]),
])
""",
}
APP = """
from pathlib import Path
from monailabel.tasks.infer.basic_infer import BasicInferTask
from monailabel.tasks.train.basic_train import BasicTrainTask
class MONAILabelApp: pass
class MyApp(MONAILabelApp):
    def __init__(self, conf):
        app = Path(__file__).parent
        self._trainers = {"spleen": BasicTrainTask(app, "spleen")}
        self._infers = {"spleen": BasicInferTask(self._trainers["spleen"]._publish_path)}
"""


def drawn() -> bytes:
    """Return what is drawn on each image: the slices of one half."""
    voxels = np.zeros((SIDE, SIDE, SIDE), dtype=np.uint8)
    voxels[:DRAWN] = 1
    return gzip.compress(nibabel.Nifti1Image(voxels, np.eye(4)).to_bytes())


class Images:
    """A folder of images, some of which are labelled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "labels" / "final").mkdir(parents=True)
        self._objects: dict[str, object] = {}
        self._write()

    def draw(self, image: str, at: int = 1) -> None:
        """Label an image."""
        (self.folder / "labels" / "final" / f"{image}.nii.gz").write_bytes(drawn())
        self._objects[image] = {"labels": {"final": {"info": {"ts": at}, "ext": ".nii.gz"}}}
        self._write()

    def _write(self) -> None:
        (self.folder / "datastore.json").write_text(json.dumps({"objects": self._objects}))


def names(count: int, *, held: bool, share: float = 0.2) -> list[str]:
    """Return images that are, or are not, held out."""
    return [name for n in range(999) if held_out(name := f"image{n}", share) is held][:count]
