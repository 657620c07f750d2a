"""The viewer as guests are shown it: its page is made here, and what runs in it is known to the byte."""

from __future__ import annotations

import re

import pytest

from maia_hub.core.errors import Forbidden
from maia_hub.monailabel import guestviewer, ohif

BASE = "/services/maia-tools/shared/00000000-0000-4000-8000-000000000000"


def test_its_page_names_this_base_alone_and_has_no_script_in_it() -> None:
    made = guestviewer.made(BASE, "/services/maia-tools/vision/orthanc/dicom-web")
    page, start = made["index.html"], made["app-config.js"]
    assert set(re.findall(r'(?:src|href)="([^"]*/)[^"/]*"', page)) == {f"{BASE}/ohif/"}
    assert not re.search(r"<script[^>]*>[^<]", page)
    assert f'"monaiLabel": "{BASE}"' in start
    assert '"qidoRoot": "/services/maia-tools/vision/orthanc/dicom-web"' in start
    assert "/user/" not in page + start


def test_every_program_of_the_page_is_known_to_the_byte() -> None:
    known = guestviewer._known()
    assert set(re.findall(r'/ohif/([^"]+\.(?:js|css))"', guestviewer.made(BASE, "")["index.html"])) <= {
        *known,
        "app-config.js",
    }
    rewritten = {name for name, pin in ohif.PINNED.items() if pin.changes}
    assert rewritten <= known.keys()
    assert not {ohif.PINNED[name].hash for name in rewritten} & set(known.values())  # as they are rewritten


@pytest.mark.parametrize("name", ["app.bundle.css", "evil.js", "deep/evil.MJS", "a.wasm", "evil.html"])
def test_what_would_run_and_is_not_known_is_refused(name: str) -> None:
    with pytest.raises(Forbidden, match="not the one that is known"):
        guestviewer.check(name, b"alert(1)")


def test_data_passes_and_paths_without_a_file_are_pages() -> None:
    guestviewer.check("assets/logo.png", b"anything")
    assert guestviewer.called("viewer?x") == guestviewer.called("") == "index.html"
    assert guestviewer.called("assets/a.svg") == "assets/a.svg"
