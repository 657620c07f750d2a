"""What a Service says of itself as a tool, and what is amiss with it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from maia_hub.cluster.secrets import SignIn, sign_in
from maia_hub.cluster.services import labelled

WEB = {"name": "http", "port": 5000}
METRICS = {"name": "metrics", "port": 9090, "protocol": "TCP"}


def service(said: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "runs", "namespace": "vision", "labels": {"maia.io/tool": "mlflow"}}
    annotations = {f"maia.io/{name}": text for name, text in (said or {}).items()}
    return {
        "metadata": {**metadata, "annotations": annotations},
        "spec": {"selector": {"app": "mlflow"}, "ports": [WEB], **spec},
    }


def test_a_service_without_the_label_is_none() -> None:
    found = service()
    del found["metadata"]["labels"]
    assert labelled(found) is None


def test_of_a_service_nothing_but_the_label_is_needed() -> None:
    found = labelled(service())
    assert found is not None
    assert (found.kind, found.address, found.wrong) == ("mlflow", "http://runs.vision.svc:5000", "")
    assert (found.title, found.secret) == ("", "")


def test_what_annotations_say() -> None:
    said = {"title": "Runs", "port": "http", "path": "/tracking/", "scheme": "https", "credentials": "word"}
    found = labelled(service({**said, "extra-dicom_port": "4242"}, ports=[METRICS, WEB]))
    assert found is not None
    assert (found.title, found.secret, dict(found.extra)) == ("Runs", "word", {"dicom_port": "4242"})
    assert found.address == "https://runs.vision.svc:5000/tracking"


def test_a_project_is_nothing_that_a_service_could_say() -> None:
    claims = service({"project": "lungs"})
    claims["metadata"]["labels"]["maia.io/project"] = "lungs"
    assert labelled(claims) == labelled(service())


@pytest.mark.parametrize(
    ("said", "spec", "why"),
    [
        ({}, {"type": "ExternalName", "externalName": "kubernetes.default.svc"}, "selects no pods"),
        ({}, {"selector": None}, "selects no pods"),
        ({}, {"ports": [WEB, METRICS]}, "5000, 9090"),
        ({"port": "nothing"}, {}, "5000"),
        ({"port": "dns"}, {"ports": [{"name": "dns", "port": 53, "protocol": "UDP"}]}, "it has none"),
        ({"scheme": "file"}, {}, "http or https"),
        ({"path": "/a/../b"}, {}, "plain path"),
        ({"path": "@elsewhere.example.org/"}, {}, "plain path"),
        ({"path": "/a?b"}, {}, "plain path"),
    ],
)
def test_what_leads_elsewhere_or_cannot_be_meant_has_no_address(
    said: dict[str, str], spec: dict[str, Any], why: str
) -> None:
    found = labelled(service(said, **spec))
    assert found is not None
    assert found.address == ""
    assert why in found.wrong


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"username": "door", "password": "hush\n"}, SignIn("door", "hush")),
        ({"password": "hush"}, SignIn("", "hush")),
        ({"username": "door"}, None),
        ({"password": " "}, None),
        (None, None),
    ],
)
def test_a_secret_needs_a_password(data: dict[str, str] | None, found: SignIn | None) -> None:
    written = data and {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    assert sign_in({"data": written}) == found


def test_a_secret_that_is_no_text_counts_as_none() -> None:
    assert sign_in({"data": {"password": "/w=="}}) is None


def test_a_secret_is_not_shown_by_accident() -> None:
    assert "hush" not in repr(SignIn("door", "hush"))
