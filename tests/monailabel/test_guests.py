"""Guests of a MONAI Label name no files: neither in the address nor anywhere among the parameters."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from maia_hub.monailabel.served.maia_served import guests


@pytest.mark.parametrize(
    "query",
    [
        "image=/etc/passwd",
        "image=%2Fetc%2Fpasswd",
        "image=..%2F..%2Fsecret",
        "image=..",
        "image=~root",
        "label=a%5Cb",
        "image=1.2.3&tag=..%2Fx",
        "image=a%00b",
        "image=file:%2F%2F%2Fetc",
        "image=pyproject.toml",
    ],
)
def test_a_query_that_could_name_a_file_is_known(query: str) -> None:
    assert guests.names_file({"query_string": query.encode()})


@pytest.mark.parametrize(
    "query", ["", "image=1.2.840.113619&tag=final", "image=case 1", "check_sum=SHA256:ab", "output=json"]
)
def test_ids_are_no_files(query: str) -> None:
    assert not guests.names_file({"query_string": query.encode()})


@pytest.mark.parametrize(
    "params",
    [
        {"image": "1.2.3"},
        {"label": "x"},
        {"session": {}},
        {"pipeline": ["a", {"source": "/etc/passwd"}]},
        {"label_tag": "../../.ssh"},
        {"/etc/passwd": 1},
        {"weights": "~/x"},
        '{"image": "/etc/passwd"}',
        b'{"a": "\\u002fetc"}',
        "not JSON",
        "/etc/passwd",
    ],
)
def test_parameters_that_could_name_a_file_are_known_however_deep(params: object) -> None:
    assert guests.names_files(params)


@pytest.mark.parametrize(
    "params",
    [
        "{}",
        {"foreground": [[1, 2, 3]], "background": [], "result_extension": ".nrrd", "result_compress": False},
        json.dumps({"device": "cuda:0", "label_info": [{"name": "spleen", "model_name": "deepedit"}]}),
    ],
)
def test_what_viewers_send_passes(params: object) -> None:
    assert not guests.names_files(params)


@pytest.mark.parametrize(
    "call",
    [lambda f: f(None, "spleen", "1", "", '{"image": "/x"}'), lambda f: f(None, "s", params='{"image":1}')],
)
def test_parameters_are_looked_at_of_guests_alone(call: Callable[[Callable[..., object]], object]) -> None:
    def run(tasks: object, model: str, image: str = "", session_id: str = "", params: str = "{}") -> str:
        return "done"

    looked_at = guests._looked_at(run, {})
    assert call(looked_at) == "done"
    token = guests.GUEST.set(True)
    try:
        assert looked_at(None, "spleen", "1") == "done"
        with pytest.raises(HTTPException) as refused:
            call(looked_at)
    finally:
        guests.GUEST.reset(token)
    assert refused.value.status_code == 403


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("label.bin", True),
        ("label.nii.gz", True),
        (None, True),
        ("a.b.nii.gz", False),
        ("label.mha", False),
        ("label.NRRD", False),
        ("label", False),
    ],
)
def test_a_guest_sends_no_file_that_could_name_another(name: str | None, passes: bool) -> None:
    def save(image: str, params: str = "{}", label: UploadFile | None = None) -> str:
        return "saved"

    saving = guests._looked_at(save, {"label": (".nii", ".nii.gz", ".bin")})
    sent = UploadFile(io.BytesIO(b"ElementDataFile = /etc/passwd"), filename=name)
    assert saving("1", label=sent) == saving("1") == "saved"
    token = guests.GUEST.set(True)
    try:
        with nullcontext() if passes else pytest.raises(HTTPException, match="one of these"):
            assert saving("1", label=sent) == "saved"
    finally:
        guests.GUEST.reset(token)


def test_another_monai_label_than_is_known_is_refused() -> None:
    with pytest.raises(TypeError, match="not the one that is known"):
        guests._looked_at(lambda request: request, {})
