"""MONAI Label's OHIF below any path: what names one is rewritten, what is not known is refused by its name."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from maia_hub.core.errors import Unavailable
from maia_hub.monailabel import ohif
from maia_hub.monailabel.ohif import Pinned

PAGE = """<!doctype html><html><head><script>console.time('x');
  window.PUBLIC_URL = '/ohif/';</script><link rel="manifest" href="/ohif/manifest.json"/>
<link rel="preconnect" href="https://fonts.gstatic.com" crossorigin/>
<link href="https://fonts.googleapis.com/css?family=Inter" rel="stylesheet"/>
<script defer="defer" src="/ohif/app.bundle.1.js"></script></head><body></body></html>"""
SCRIPT = '__webpack_require__.p = "/ohif/";\n'


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A small viewer with a page, a script that names its path, and one that does not."""
    folder = tmp_path / "ohif"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "app.bundle.1.js").write_text(SCRIPT)
    (folder / "other.js").write_text("// https://github.com/ohif/viewers\n")
    (folder / "sw.js").write_text("precache('/ohif/x')")
    return folder


@pytest.fixture
def pinned(files: Path) -> dict[str, Pinned]:
    """What is known of that viewer."""
    return {
        "index.html": Pinned(_hash(files / "index.html")),
        "app.bundle.1.js": Pinned(_hash(files / "app.bundle.1.js"), (('"/ohif/"', "window.PUBLIC_URL"),)),
    }


def test_only_what_names_a_path_is_rewritten(files: Path, pinned: dict[str, Pinned], tmp_path: Path) -> None:
    into = tmp_path / "rewritten"
    ohif.rewrite(files, into, pinned)
    assert [path.name for path in into.iterdir()] == ["app.bundle.1.js"]
    assert (into / "app.bundle.1.js").read_text() == "__webpack_require__.p = window.PUBLIC_URL;\n"
    assert (files / "app.bundle.1.js").read_text() == SCRIPT
    (files / "app.bundle.1.js").write_text("changed later")
    ohif.rewrite(files, into, pinned)  # what is there is right already
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ohif", "rewritten"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.bundle.1.js", f"{SCRIPT}// newer"),
        ("new.js", "fetch('/ohif/elsewhere')"),
        ("new.css", "@import url(https://fonts.example/css);"),
    ],
    ids=["changed", "path", "site"],
)
def test_a_file_that_is_not_known_is_refused_by_its_name(
    files: Path, pinned: dict[str, Pinned], tmp_path: Path, name: str, text: str
) -> None:
    (files / name).write_text(text)
    with pytest.raises(Unavailable) as refused:
        ohif.rewrite(files, tmp_path / "rewritten", pinned)
    assert refused.value.given == str(files / name)
    assert not (tmp_path / "rewritten").exists()


def test_fonts_of_other_sites_are_left_out(files: Path, tmp_path: Path) -> None:
    fonts = "@import url(https://fonts.googleapis.com/css?family=A:1,2&display=swap);"
    (files / "app.css").write_text(f"{fonts}a{{b:c}}{fonts}")
    known = ohif.PINNED["app.bundle.css"]._replace(hash=_hash(files / "app.css"))
    names = ("index.html", "app.bundle.1.js")
    rest = {name: Pinned(_hash(files / name)) for name in names}
    ohif.rewrite(files, tmp_path / "rewritten", {"app.css": known, **rest})
    assert (tmp_path / "rewritten" / "app.css").read_text() == "a{b:c}"


def test_a_file_that_lacks_is_refused_by_its_name(files: Path, pinned: dict[str, Pinned]) -> None:
    (files / "app.bundle.1.js").unlink()
    with pytest.raises(Unavailable) as refused:
        ohif.check(files, pinned)
    assert "app.bundle.1.js" in str(refused.value.given)


def test_the_page_asks_nobody_else_and_holds_no_script(files: Path) -> None:
    made = ohif.page(files, "/hub/vision/monailabel", "/hub/vision/orthanc/dicom-web")
    page, start = made["index.html"], made["app-config.js"]
    assert "https://" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert 'href="/hub/vision/monailabel/ohif/manifest.json"' in page
    assert re.findall(r'<script[^>]*src="([^"]*)"', page) == ["/hub/vision/monailabel/ohif/app-config.js"]
    assert start.endswith(
        'window.maiaBegin("/hub/vision/orthanc/dicom-web", "/hub/vision/monailabel/ohif/app.bundle.1.js");\n'
    )
    assert '"routerBasename": "/hub/vision/monailabel/ohif/"' in start
    assert start.count('"/hub/vision/orthanc/dicom-web"') == 4


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
