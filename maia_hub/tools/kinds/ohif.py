"""OHIF: looking at the images of a project, and drawing on them: files alone, which ask Orthanc behind the door."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from maia_hub.tools.launch import Edit, Local, NpmPackage
from maia_hub.tools.model import Kind, Page, Static

VERSION = "3.13.2"
_FILES = "package/dist"
_HASH = "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=="
_BESIDE = '(typeof document === "undefined" ? new URL("./", self.location.href).href : window.PUBLIC_URL)'
_INLINE = re.compile(r"<script>.*?</script>", re.DOTALL)
_WORKER = re.compile(r"<script[^>]*init-service-worker[^>]*></script>")

_START = """\
window.PUBLIC_URL = {base};
window.browserImportFunction = function (name) {{ return import(name); }};
window.config = {config};
"""


def _made(files: Path, base: str, project: str) -> Mapping[str, str]:
    """Return the files that name addresses.

    No script stands in the page, for its policy allows none; no service worker is asked for, for it would be another's.
    """
    page = (files / "index.html").read_text(encoding="utf-8")
    page = _WORKER.sub("", _INLINE.sub("", page))
    page = re.sub(r'\b(src|href|content)="/(?!/)', rf'\1="{base}', page)
    start = _START.format(base=json.dumps(base), config=json.dumps(_config(base, project), indent=1))
    return {"index.html": page, "app-config.js": start}


def _config(base: str, project: str) -> dict[str, object]:
    images = f"{project}orthanc/dicom-web"
    return {
        "name": "maia",
        "routerBasename": base,
        "extensions": [],
        "modes": [],
        "customizationService": {},
        "showStudyList": True,
        "maxNumberOfWebWorkers": 3,
        "showWarningMessageForCrossOrigin": False,
        "showCPUFallbackMessage": True,
        "showLoadingIndicator": True,
        "strictZSpacingForVolumeViewport": True,
        "investigationalUseDialog": {"option": "never"},
        "maxNumRequests": {"interaction": 20, "thumbnail": 5, "prefetch": 10},
        "defaultDataSourceName": "orthanc",
        "dataSources": [
            {
                "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
                "sourceName": "orthanc",
                "configuration": {
                    "friendlyName": "Images of the project",
                    "name": "orthanc",
                    "wadoUriRoot": images,
                    "qidoRoot": images,
                    "wadoRoot": images,
                    "qidoSupportsIncludeField": True,
                    "imageRendering": "wadors",
                    "thumbnailRendering": "wadors",
                    "enableStudyLazyLoad": True,
                    "supportsFuzzyMatching": False,
                    "supportsWildcard": True,
                    "supportsReject": False,
                    "dicomUploadEnabled": True,
                    "omitQuotationForMultipartRequest": True,
                    # Orthanc answers frames to one type with one transfer syntax, or refuses.
                    "acceptHeader": ["multipart/related; type=application/octet-stream; transfer-syntax=*"],
                    "bulkDataURI": {"enabled": True},
                },
            }
        ],
    }


KIND = Kind(
    name="ohif",
    title="Viewer (OHIF)",
    page=Page.TRUSTED,
    needs=("orthanc",),
    static=Static(_FILES, _made),
    local=Local(
        version=VERSION,
        package=NpmPackage(
            "@ohif/app",
            VERSION,
            _HASH,
            edits=(
                Edit(
                    f"{_FILES}/*.js",
                    '__webpack_require__.p = "/";',
                    f"__webpack_require__.p = {_BESIDE};",
                ),
                Edit(f"{_FILES}/*.css", "url(/", "url("),
            ),
        ),
    ),
)
