"""Guests at the real MONAI Label: whatever they name or send, no file of its owner's is opened for them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from maia_hub.monailabel import apps, process, server
from maia_hub.monailabel.environment import prepare
from maia_hub.monailabel.state import Folder, Wish, home

pytestmark = pytest.mark.soak
GUEST = {"X-Maia-Guest": "1", "X-Maia-Person": "eva"}
SPLEEN = "segmentation_spleen"
NAMED = {"data": {"params": '{"image": "/etc/passwd"}'}}
BROUGHT = {"files": {"file": ("a.nii.gz", b"x")}}
NAMING = {"files": {"label": ("a.mha", b"ElementDataFile = /etc/passwd")}}
TRIES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"/infer/{SPLEEN}?image=head", NAMED),
    ("POST", f"/infer/{SPLEEN}?image=head", BROUGHT),
    ("POST", f"/infer/{SPLEEN}?image=head", NAMING),
    ("POST", f"/infer/{SPLEEN}?image=%2Fetc%2Fpasswd", {}),
    ("PUT", "/datastore/label?image=head", NAMING),
    ("PUT", "/datastore/label?image=head&tag=..%2F..%2Fx", {}),
    ("POST", "/activelearning/random", {"json": {"x": "/etc"}}),
    ("GET", "/datastore/image?image=%2Fetc%2Fpasswd", {}),
]


def test_guests_name_no_files_and_annotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = asyncio.run(prepare(lambda *_: None))
    monkeypatch.setenv("XDG_CACHE_HOME", str(environment.folder.parents[2]))
    monkeypatch.setenv("HOME", str(tmp_path))
    head = nibabel.nifti1.Nifti1Image(np.ones((16, 16, 16), np.uint8), np.eye(4))
    (tmp_path / "images").mkdir()
    nibabel.nifti1.save(head, tmp_path / "images" / "head.nii.gz")
    app = apps.radiology(environment, [SPLEEN], home() / "apps")
    apps.lay_out(app)
    wish = Wish(str(app.folder), app.settings, str(tmp_path / "images"), device="cpu")
    found = server.start(environment, "real", wish)
    try:
        with found.client(timeout=120) as client:
            for method, path, sent in TRIES:
                assert (client.request(method, path, headers=GUEST, **sent).status_code, path) == (403, path)
            sample = client.post("/activelearning/random", headers=GUEST, json={})
            assert sample.json()["id"] == "head"
            label = {"label": ("a.nii.gz", (tmp_path / "images" / "head.nii.gz").read_bytes())}
            params = {"params": '{"label_info": [{"name": "spleen", "idx": 1}]}'}
            kept = client.put("/datastore/label?image=head", headers=GUEST, files=label, data=params)
            assert kept.json()["label"] == "head"
    finally:
        known = Folder("real").known()
        assert known is not None
        process.end(known.process, Folder("real"))
