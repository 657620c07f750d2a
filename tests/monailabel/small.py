"""An environment of a few lines in MONAI Label's place, where what is tried is how its process is started and ended."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from maia_hub.monailabel.environment import Environment
from maia_hub.monailabel.ohif import Pinned

_PYTHON = '#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{packages}" exec {python} "$@"\n'
_FILES = {
    "torch.py": """
class cuda:
    is_available = staticmethod(lambda: False)
""",
    "monailabel/__init__.py": "",
    "monailabel/main.py": """
import argparse
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
    def start_server_init_settings(self, arguments): APP.append(arguments)
""",
    "monailabel/interfaces/utils/app.py": """
import importlib.util
from pathlib import Path
from monailabel.main import APP
def app_instance():
    path = Path(APP[0].app) / "main.py"
    spec = importlib.util.spec_from_file_location("main", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.MyApp(dict(APP[0].conf))
    made.datastore, made.on_save_label = Store, lambda image, label: {"seen": image}
    return made
def Store():
    from monailabel.datastore.dicom import DICOMWebDatastore
    return DICOMWebDatastore()
""",
    "monailabel/datastore/dicom.py": """
import json
import shutil
from pathlib import Path
from monailabel.main import APP
class LocalDatastore:
    def save_label(self, image, file, tag, info):
        folder = Path(APP[0].app) / "labels" / tag
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / f"{image}.nii.gz")
        (folder / f"{image}.json").write_text(json.dumps(info))
        return image
class Model:
    def image_path(self): return f"{APP[0].app}/images"
class DICOMWebDatastore(LocalDatastore):
    _datastore = Model()
    get_label_uri = None
    def get_image_uri(self, image): return f"{APP[0].app}/images/{image}.nii.gz"
    def save_label(self, image, file, tag, info, label_id=""):
        if tag == "final":
            raise AssertionError("MONAI Label would sign this as Reader1")
        return super().save_label(image, file, tag, info)
""",
    "monailabel/utils/others/generic.py": "def init_log_config(*_): return None\n",
    "monailabel/utils/async_tasks/utils.py": """
import subprocess, sys
found = {"id": "one", "status": "RUNNING"}
process = []
def processes(method):
    return {"one": process[0]} if method == "train" and process and process[0].poll() is None else {}
def tasks(method): return [found]
def stop_background_task(method):
    for each in processes(method).values(): each.kill()
""",
    "monailabel/utils/async_tasks/task.py": """
from monailabel.utils.async_tasks.utils import stop_background_task
""",
    "monailabel/tasks/train/basic_train.py": "class BasicTrainTask: pass\n",
    "monailabel/tasks/infer/basic_infer.py": "class BasicInferTask: _get_network = None\n",
    "monailabel/endpoints/__init__.py": "",
    "monailabel/endpoints/infer.py": """
def run_inference(background_tasks, model, image="", session_id="", params="{}", file=None, label=None, output=None):
    return {"model": model, "image": image, "params": params}
""",
    "monailabel/endpoints/activelearning.py": """
def sample(strategy, params=None, user=None): return {"strategy": strategy}
""",
    "monailabel/endpoints/datastore.py": """
import json, tempfile
from pathlib import Path
from monailabel.interfaces.utils.app import Store
def save_label(background_tasks, image, params="{}", tag="final", label=None, user=None):
    with tempfile.NamedTemporaryFile(suffix="".join(Path(label.filename).suffixes), delete=False) as file:
        file.write(label.file.read())
    return {"image": image, "label": Store().save_label(image, file.name, tag or "final", json.loads(params))}
""",
    "monailabel/app.py": """
import io, subprocess, sys
from fastapi import FastAPI
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse
from starlette.routing import Route
from tornado.httputil import HTTPHeaders, parse_body_arguments
from monailabel.interfaces.utils.app import Store
from monailabel.endpoints import datastore, infer as inference
from monailabel.main import APP
from monailabel.utils.async_tasks import task, utils
WORK = \"\"\"
import signal, sys, time
from pathlib import Path
def save(*_):
    Path(sys.argv[1]).write_text("saved")
    sys.exit(0)
signal.signal(signal.SIGINT, save)
print("epoch 1", flush=True)
time.sleep(600)
\"\"\"
async def info(request): return JSONResponse({"headers": [name for name, _ in request.headers.items()]})
async def posted(request):
    form, files = {}, {}
    parse_body_arguments(request.headers.get("content-type", ""), await request.body(), form, files)
    sent = {name: UploadFile(io.BytesIO(each[0].body), filename=each[0].filename) for name, each in files.items()}
    return {"params": form.get("params", [b"{}"])[0].decode(), **sent}
async def train(request):
    if request.method == "POST":
        saved = f"{APP[0].app}/saved"
        utils.process.append(subprocess.Popen([sys.executable, "-c", WORK, saved], stdout=subprocess.PIPE))
        utils.process[0].stdout.readline()
    elif request.method == "DELETE":
        task.stop_background_task("train")
    running = bool(utils.processes("train"))
    return JSONResponse(utils.found, 200 if running else 404)
async def label(request):
    query = request.query_params
    return JSONResponse(datastore.save_label(None, query["image"], tag=query.get("tag"), **await posted(request)))
async def infer(request):
    query = request.query_params
    if "file" in query:
        Store().save_label(query["image"], query["file"], query["label_tag"], {"model": "spleen"})
    model, image = request.path_params["model"], query.get("image", "")
    return JSONResponse(inference.run_inference(None, model, image, **await posted(request)))
app = FastAPI(routes=[
    Route("/info/", info),
    Route("/train/", train, methods=["GET", "POST", "DELETE"]),
    Route("/datastore/label", label, methods=["PUT"]),
    Route("/infer/{model}", infer, methods=["POST"]),
])
""",
}
APP = """
class Task:
    path = ["model.pt"]
    def get_path(self): return None
class MONAILabelApp: pass
class MyApp(MONAILabelApp):
    def __init__(self, conf):
        print("made", flush=True)
        self._infers = {"spleen": Task()}
"""
DOWNLOADS = """
from urllib.error import URLError
class Task:
    path = None
class MyApp:
    def __init__(self, conf):
        self._infers = {"spleen": Task()}
        if conf["use_pretrained_model"] == "true":
            raise URLError("no route to host")
"""


def environment(folder: Path, files: Mapping[str, str] = MappingProxyType({})) -> Environment:
    """Make one in a folder; ``files`` are in it beside, or instead of, what is there."""
    packages = folder / "packages"
    for name, text in {**_FILES, **files}.items():
        path = packages / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    made = Environment(folder)
    made.python.parent.mkdir()
    made.python.write_text(_PYTHON.format(packages=packages, python=sys.executable))
    made.python.chmod(0o755)
    viewer = folder / "lib" / "python3.11" / "site-packages" / "monailabel" / "endpoints" / "static" / "ohif"
    viewer.mkdir(parents=True)
    (viewer / "index.html").write_text("<html><head></head></html>")
    (viewer / "app.bundle.1.js").write_text("// nothing")
    return made


def pinned(made: Environment) -> dict[str, Pinned]:
    """Return what is known of its viewer."""
    return {path.name: Pinned(hashlib.sha256(path.read_bytes()).hexdigest()) for path in made.ohif.iterdir()}
