"""What models proposed is signed by them, each once; what cannot be sent is named, and keeps nothing else back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.imaging import Algorithm
from maia_hub.monailabel.labels.outbox import Outbox
from maia_hub.monailabel.labels.proposals import Sent, send
from tests.monailabel.labels.drawing import NOON, Image

GONE = "1.2.3.4"


def proposed(model: str = "spleen", ext: str = ".nii", **params: Any) -> dict[str, Any]:
    """Return what MONAI Label keeps of an image for which a model proposed a label."""
    info = {"ts": int(NOON.timestamp()), "model": model, "params": params}
    return {"labels": {"original": {"ext": ext, "info": info}}}


@contextmanager
def monai_label(objects: object, mask: bytes) -> Iterator[httpx.Client]:
    """Let a server say that it has these objects, and give out a mask for each but one; return what asks it."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there = GONE not in self.path
            told = mask if self.path.startswith("/datastore/label") else json.dumps(objects).encode()
            self.send_response(200 if there else 404)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.server_port}", trust_env=False) as client:
            yield client
        listening.shutdown()


def sent(objects: dict[str, Any], image: Image, outbox: Outbox) -> Sent:
    """Send what a MONAI Label says that it has; each mask is a box."""
    with monai_label({"objects": objects}, image.box().to_nifti().to_bytes()) as client:
        return send(client, outbox, lambda model, at: f"{model} on {at:%A}")


@pytest.mark.parametrize(
    "names",
    [{"spleen": 1, "background": 0}, {"1": "liver", "spleen": 1}, ["spleen"]],
    ids=["by name", "mixed", "in order"],
)
def test_it_is_signed_by_the_version_that_was_used_then(names: object, image: Image, outbox: Outbox) -> None:
    (kept,) = sent({image.uid: proposed(label_names=names)}, image, outbox).kept
    assert kept.what.author == Algorithm("spleen", "spleen on Saturday")
    assert ({n: each.name for n, each in kept.what.labels.items()}, kept.what.at) == ({1: "spleen"}, NOON)


def test_the_same_is_one_object_however_often_it_is_sent(image: Image, outbox: Outbox) -> None:
    objects = {image.uid: proposed(label_names={"spleen": 1})}
    first, again = (sent(objects, image, outbox).kept[0].what for _ in range(2))
    assert first == again
    (waits,) = outbox.kept()
    outbox.remove(waits)
    (later,) = sent(objects, image, outbox).kept
    assert (later.what.uid, later.what.series_uid) == (first.uid, first.series_uid)
    assert later.what.uid != later.what.series_uid


def test_what_cannot_be_sent_is_named_and_others_go(image: Image, outbox: Outbox) -> None:
    spleen: dict[str, Any] = {"label_names": {"spleen": 1}}
    told = sent(
        {
            "scan-1": proposed(**spleen),
            "1.2.1": proposed(label_names={"nothing of that name": 1}),
            "1.2.2": proposed(ext=".nrrd", **spleen),
            "1.2.3": proposed(label_names={"spleen": 2}),
            GONE: proposed(**spleen),
            "1.2.5": {"labels": {"final": {"ext": ".nii", "info": {"user": "ada"}}}},
            "1.2.6": {"labels": {"original": {"ext": ".nii", "info": {}}}},
            image.uid: proposed(**spleen),
        },
        image,
        outbox,
    )
    assert [each.what.of for each in told.kept] == [image.uid]
    assert list(told.left) == ["scan-1", "1.2.1", "1.2.2", "1.2.3", GONE]
    assert "No code of SNOMED CT" in told.left["1.2.1"]


def test_a_monai_label_that_says_nothing_of_use_is_said_to(outbox: Outbox) -> None:
    with (
        monai_label(["nothing"], b"") as client,
        pytest.raises(Unavailable, match="does not say what was proposed"),
    ):
        send(client, outbox, lambda *_: "")
