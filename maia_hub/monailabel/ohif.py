"""The OHIF in MONAI Label's wheel, below any path: exactly the files that name one are rewritten, held to their hashes.

It asks nobody but the door's site: its fonts and its service worker are left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from maia_hub.core.errors import Unavailable

_MARK = re.compile(rb"""["'`(](?:/ohif/|/proxy/dicom)|@import\s+(?:url\()?["']?(?:https?:)?//""")
_NAMES_NOTHING = {"sw.js"}  # it is not served
_BESIDE = '(typeof document === "undefined" ? new URL("./", self.location.href).href : window.PUBLIC_URL)'
_FONTS = re.compile(r"@import url\(https://fonts\.googleapis\.com/[^)]*\);")
_BASE = (('__webpack_require__.p = "/ohif/"', f"__webpack_require__.p = {_BESIDE}"),)
_COOKIE = (
    "CookieUtils.getCookieString('MONAILABEL_SERVER_URL', "
    "'http://' + window.location.host.split(':')[0] + ':8000/')"
)
_BUTTONS = "this.state.training ? 'Stop Training' : 'Update Model')))"
_TAB = "ref: this.actions['activelearning'],"
_OURS = Path(__file__).with_name("viewer.js")
_SCRIPTS = re.compile(r"<script\b[^>]*>.*?</script>", re.DOTALL)
_OUTSIDE = re.compile(r'<link\b[^>]*(?:href|src)="https?://[^>]*>')
_LINKED = re.compile(r'\b(src|href|content)="/ohif/')


class Pinned(NamedTuple):
    """A file by its hash (SHA-256), and what is replaced in it by what; nothing: it is made anew for each path."""

    hash: str
    changes: tuple[tuple[str | re.Pattern[str], str], ...] = ()


PINNED: Mapping[str, Pinned] = {
    "index.html": Pinned("8836f8614ec3341f7a14d3dfe2119e3e05101c0207d4dc43e41d5e1d2b0ae74c"),
    "app-config.js": Pinned("a0ab73a9dc6deca18c9a45789a4e27758f5f7cd4626bb4ce1bb1d2fa23f883db"),
    "app.bundle.css": Pinned(
        "15ea595ed7d5f82d84dad64929ec6ebb746a7d41e9e5d348638db942783e8b00", ((_FONTS, ""),)
    ),
    "app.bundle.af87d1dd396d277eac89.js": Pinned(
        "eefbda3a38a30e1a60aa986a05ab4f976ad17f4078dd29e1cacf911855bc40d7", _BASE
    ),
    "1927.bundle.40b115cd925087e88f6f.js": Pinned(
        "801080bc427c013377cd32825a0cd64496e9c04049b2a6798a0c88261c2386a1", _BASE
    ),
    "histogram-worker.bundle.118d553b53a573660111.js": Pinned(
        "791af73d37863b4bd17fad985b6f82a80aaac888932853ba358f1ca4a43d74e5", _BASE
    ),
    "polySeg.bundle.50d93b9ce5a52f05c879.js": Pinned(
        "298f65fe0996bef7bf4f9034e78adeca5cb78e0b046aeec4c8a6933d596f62d4", _BASE
    ),
    "suv-peak-worker.bundle.14e55a14a63a983acccb.js": Pinned(
        "99bab9b2ee884c83af3b599ef8242c8334eb621f70c4ebff3134ef456b4a7f1b", _BASE
    ),
    "3933.bundle.92d0a0e9bc7e6861b7c9.js": Pinned(
        "7844f59159b8eda422079064b0bffa17d2b76aa025b054097ff4ae8bc3b55acd",
        (
            (_COOKIE, "window.config.monaiLabel"),
            (_BUTTONS, f"{_BUTTONS}, window.maiaSubmit(react.createElement, this)"),
            (_TAB, f"{_TAB} servicesManager: this.props.servicesManager,"),
        ),
    ),
}
"""The files of the OHIF in MONAI Label 0.8.5 that name an absolute path, or ask another site."""


def fingerprint() -> str:
    """Return what tells rewritten files apart: of what, and how, they are made."""
    return hashlib.sha256(repr(sorted(PINNED.items())).encode()).hexdigest()[:12]


def check(files: Path, pinned: Mapping[str, Pinned] = PINNED) -> None:
    """Refuse an OHIF whose files are not those that are known.

    Raises:
        Unavailable: one differs, lacks, or names a path or a site and is not known; says which.
    """
    for name, known in pinned.items():
        path = files / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != known.hash:
            raise _strange(path)
    for path in sorted(files.rglob("*")):
        name = str(path.relative_to(files))
        if (
            path.is_file()
            and name not in pinned
            and name not in _NAMES_NOTHING
            and _MARK.search(path.read_bytes())
        ):
            raise _strange(path)


def rewrite(files: Path, into: Path, pinned: Mapping[str, Pinned] = PINNED) -> None:
    """Write the files that differ into a folder, whole or not at all; what is there is right already."""
    if into.exists():
        return
    check(files, pinned)
    into.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=into.parent, prefix=f".{into.name}-"))
    try:
        for name, known in pinned.items():
            if known.changes:
                _replaced(files / name, scratch / name, known)
        os.rename(scratch, into)
    except OSError:
        if not into.exists():  # otherwise another process has been quicker
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def page(files: Path, base: str, images: str) -> dict[str, str]:
    """Return the files that name addresses.

    ``base`` is MONAI Label's path, ``images`` that of DICOMweb, neither with a slash at its end. No script stands in
    the page, so that a policy may allow none.
    """
    viewer = f"{base}/ohif/"
    text = (files / "index.html").read_text(encoding="utf-8")
    text = _OUTSIDE.sub("", _SCRIPTS.sub("", text))
    text = _LINKED.sub(rf'\1="{viewer}', text)
    script = f'<script defer src="{viewer}app-config.js"></script>'
    program = f"{viewer}{_called(files, 'app.bundle.*.js')}"
    begin = f"window.maiaBegin({json.dumps(images)}, {json.dumps(program)});\n"
    return {
        "index.html": text.replace("</head>", f"{script}</head>"),
        "app-config.js": start(viewer, base, images) + begin,
    }


def start(viewer: str, base: str, images: str) -> str:
    """Return the script that the page begins with: where viewer, MONAI Label and images are, and what is ours."""
    config = json.dumps(_config(viewer, base, images), indent=1)
    return (
        f"window.PUBLIC_URL = {json.dumps(viewer)};\n"
        "window.browserImportFunction = function (name) { return import(name); };\n"
        f"window.config = {config};\n"
        'window.config.monaiLabel = window.location.origin + window.config.monaiLabel + "/";\n'
        f"{_OURS.read_text(encoding='utf-8')}"
    )


def _called(files: Path, pattern: str) -> str:
    [found] = files.glob(pattern)
    return found.name


def _replaced(source: Path, target: Path, known: Pinned) -> None:
    text = source.read_text(encoding="utf-8")
    for what, by in known.changes:
        pattern = what if isinstance(what, re.Pattern) else re.compile(re.escape(what))
        text, replaced = pattern.subn(by.replace("\\", r"\\"), text)
        if not replaced:
            raise _strange(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _strange(path: Path) -> Unavailable:
    return Unavailable(
        "MONAI Label's OHIF is not the one that is known, so it cannot be brought below another path.",
        given=str(path),
        advice="Remove MONAI Label's environment; the next start makes it anew. A new version is to be looked at.",
    )


def _config(viewer: str, base: str, images: str) -> dict[str, object]:
    return {
        "routerBasename": viewer,
        "monaiLabel": base,
        "extensions": [],
        "modes": [],
        "showStudyList": True,
        "showWarningMessageForCrossOrigin": False,
        "showCPUFallbackMessage": True,
        "showLoadingIndicator": True,
        "strictZSpacingForVolumeViewport": True,
        "useSharedArrayBuffer": "FALSE",
        "investigationalUseDialog": {"option": "never"},
        "defaultDataSourceName": "dicomweb",
        "dataSources": [
            {
                "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
                "sourceName": "dicomweb",
                "configuration": {
                    "friendlyName": "Images of the project",
                    "name": "dicomweb",
                    "wadoUriRoot": images,
                    "qidoRoot": images,
                    "wadoRoot": images,
                    "qidoSupportsIncludeField": True,
                    "supportsReject": False,
                    "imageRendering": "wadors",
                    "thumbnailRendering": "wadors",
                    "enableStudyLazyLoad": True,
                    "supportsFuzzyMatching": False,
                    "supportsWildcard": True,
                    "dicomUploadEnabled": False,
                    "omitQuotationForMultipartRequest": True,
                    # Orthanc answers frames to one type with one transfer syntax, or refuses.
                    "acceptHeader": ["multipart/related; type=application/octet-stream; transfer-syntax=*"],
                    "bulkDataURI": {"enabled": True},
                },
            }
        ],
    }
