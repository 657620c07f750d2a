"""Label Studio from the card in JupyterLab to an annotation, in a real Chromium: nobody signs in to it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.e2e.browser import picture
from tests.e2e.lab import execute, open_lab
from tests.e2e.tools import Tools
from tests.platform import Platform, eventually

pytestmark = [pytest.mark.browser, pytest.mark.soak]
STUDIO = "default/label-studio"
CHOICE = """
<View><Image name="image" value="$image"/>
<Choices name="finding" toName="image"><Choice value="Lesion"/><Choice value="Clear"/></Choices></View>
"""
WITHIN = 60_000
SIZE = 256


@pytest.fixture
def program(platform: Platform) -> Iterator[Tools]:
    """Alice's program, with Label Studio started."""
    made = Tools(platform, "alice")
    made.start("label-studio")
    yield made
    made.close()


def project_of_one_image(program: Tools) -> int:
    """Make a project with one image to look at; return its number."""
    content = io.BytesIO()
    shades = np.linspace(0, 255, SIZE * SIZE).reshape(SIZE, SIZE).astype(np.uint8)
    Image.fromarray(shades).save(content, "PNG")
    asked = {"title": "Lungs", "label_config": CHOICE}
    made = program.http.post(f"{STUDIO}/api/projects", json=asked).raise_for_status().json()
    files = {"file": ("slice.png", content.getvalue(), "image/png")}
    program.http.post(f"{STUDIO}/api/projects/{made['id']}/import", files=files).raise_for_status()
    return int(made["id"])


def annotated(program: Tools, project: int) -> list[dict[str, Any]]:
    """Return what has been annotated in a project."""
    tasks = program.http.get(f"{STUDIO}/api/tasks", params={"project": project, "fields": "all"})
    return [each for task in tasks.raise_for_status().json()["tasks"] for each in task["annotations"]]


def annotate(page: Page, inside: FrameLocator) -> None:
    """Open the project and its task, see the image, choose and submit."""
    inside.get_by_text("Lungs").first.click(timeout=WITHIN)
    thumbnail = inside.locator("img[alt='Data image'], img[src^='blob:']").first
    expect(thumbnail).to_be_visible(timeout=WITHIN)
    assert thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") == SIZE
    picture(page, "tools-label-studio-tasks")
    thumbnail.click()
    expect(inside.get_by_text("Lesion").first).to_be_visible(timeout=WITHIN)
    inside.get_by_text("Lesion").first.click()
    picture(page, "tools-label-studio-task")
    inside.get_by_role("button", name="Submit current annotation", exact=True).click()


def test_an_image_is_annotated_from_the_card_of_the_project(
    context: BrowserContext, platform: Platform, program: Tools
) -> None:
    number = project_of_one_image(program)
    page = open_lab(context, platform, "alice", "studio")
    outside: list[str] = []
    page.on("request", lambda r: outside.append(r.url) if _is_outside(r.url, platform) else None)
    execute(page, "maia:tools-show")
    page.get_by_role("button", name="Open Label Studio", exact=True).click(timeout=WITHIN)
    inside = page.frame_locator("iframe[title='Label Studio of default']")
    annotate(page, inside)
    [made] = eventually(lambda: annotated(program, number), "it is submitted", WITHIN / 1000)
    picture(page, "tools-label-studio-submitted")
    assert made["result"][0]["value"] == {"choices": ["Lesion"]}
    assert outside == []
    cookies = {each["name"] for each in context.cookies()}
    assert not cookies & {"csrftoken", "sessionid"}
    page.close()


def _is_outside(url: str, platform: Platform) -> bool:
    return not url.startswith((platform.url, "blob:", "data:", "ws:"))
