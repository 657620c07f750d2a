"""The panel "MONAI Label" in a real browser; a small server stands in MONAI Label's place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.alone import Alone, alone
from tests.e2e.browser import picture, violations
from tests.e2e.lab import START, execute
from tests.monailabel import furnished, small, taught

pytestmark = pytest.mark.browser

PANEL = "#maia-monailabel-panel"
SPLEEN = "segmentation_spleen"
IMAGES = "http://127.0.0.1:9/there/dicom-web"  # nobody asks them here
BROKEN = "import nothing_of_that_name\n" + small.APP


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    home = tmp_path_factory.mktemp("home")
    (home / "scans").mkdir()
    (home / "mine").mkdir()
    (home / "mine" / "main.py").write_text(BROKEN)
    (home / "taught").mkdir()
    (home / "taught" / "main.py").write_text(taught.APP)
    cache = home / "cache"
    with pytest.MonkeyPatch.context() as patch:
        furnished.lay_out(cache, patch)
    with alone(home, XDG_CACHE_HOME=str(cache), MAIA_DICOMWEB_URL=IMAGES) as started:
        yield started
        for each in json.loads(started.maia("monailabel", "ls", "--json")):
            started.maia("monailabel", "stop", each["name"])


def open_panel(page: Page) -> Locator:
    execute(page, "maia:monailabel-show")
    panel = page.locator(PANEL)
    expect(panel.get_by_role("form", name="Start MONAI Label")).to_be_visible(timeout=START)
    return panel


def card(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("listitem", name=name, exact=True)


def begin(panel: Locator) -> Locator:
    """Press the form's button by the keyboard."""
    form = panel.get_by_role("form", name="Start MONAI Label")
    button = form.get_by_role("button", name="Start")
    expect(button).to_be_enabled(timeout=START)
    button.press("Enter")
    return form


def theme(page: Page, name: str) -> None:
    execute(page, "apputils:change-theme", {"theme": f"JupyterLab {name}"})
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(name == "Light").lower())


def looks_right(page: Page, name: str) -> None:
    """Look at the panel in both themes, as narrow as a sidebar gets: nothing is cut off, and nobody is shut out."""
    for each in ("Dark", "Light"):
        theme(page, each)
        assert violations(page, PANEL) == []
        picture(page, f"monailabel-{name}-{each.lower()}")
    assert not page.locator(PANEL).evaluate("node => node.scrollWidth > node.clientWidth")


def learns(panel: Locator) -> None:
    """Look at models and data set, take the next image, and have a model trained and stopped."""
    radiology = card(panel, "radiology")
    radiology.get_by_text("Models and data set").click()
    expect(radiology).to_contain_text("1 of 3 images are labelled.", timeout=START)
    images = panel.get_by_role("list", name="Images of radiology").get_by_role("listitem")
    expect(images).to_have_text(
        [re.compile("ct-0002unlabelled"), re.compile("mr-0003label proposed"), re.compile("by rita")]
    )
    radiology.get_by_role("button", name="Send to the archive what is proposed").click()
    expect(radiology).to_contain_text(
        "mr-0003 was not sent: A label is for a series, by its UID.", timeout=START
    )
    radiology.get_by_label("Next image by").select_option("random")
    radiology.get_by_role("button", name="Next image").click()
    expect(radiology).to_contain_text("Next: ct-0002", timeout=START)
    expect(images.first).to_contain_text("in work: ada")
    radiology.get_by_role("button", name=f"Train {SPLEEN}").click()
    expect(radiology).to_contain_text(f"No versions are kept of {SPLEEN}", timeout=START)
    expect(radiology).to_contain_text(f"{SPLEEN} is being trained.", timeout=START)
    expect(radiology.get_by_role("button", name=f"Train {SPLEEN}")).to_be_disabled()
    radiology.get_by_role("button", name=re.compile("Propose labels.*deepedit")).click()
    expect(radiology).to_contain_text("deepedit proposes labels.", timeout=START)
    radiology.get_by_role("button", name="Stop the training").click()
    expect(radiology.get_by_text("is being trained")).to_have_count(0, timeout=START)


def test_a_server_is_started_opened_read_and_stopped(lab: Page) -> None:
    panel = open_panel(lab)
    expect(panel).to_contain_text("No MONAI Label runs here.")
    form = panel.get_by_role("form", name="Start MONAI Label")
    expect(form.get_by_role("button", name="Start")).to_be_disabled()
    looks_right(lab, "empty")
    form.get_by_label(SPLEEN).check()
    begin(panel)
    radiology = card(panel, "radiology")
    expect(radiology).to_contain_text("ready", timeout=2 * START)
    expect(panel.get_by_text("radiology: ready")).to_be_attached()
    expect(radiology).to_contain_text(f"The archive at {IMAGES}")
    looks_right(lab, "ready")
    learns(panel)
    looks_right(lab, "inside")
    radiology.get_by_role("button", name="Open in OHIF").click()
    frame = lab.locator("iframe[title='Images and labels of radiology']")
    expect(frame).to_have_attribute("src", re.compile("/maia/monailabel/radiology/open/ohif/$"))
    radiology.get_by_role("button", name="Log radiology").click()
    expect(panel.get_by_role("log")).to_contain_text("made", timeout=START)
    lab.keyboard.press("Escape")
    radiology.get_by_role("button", name="Stop radiology").click()
    lab.get_by_role("dialog").get_by_role("button", name="Stop it").click()
    expect(radiology).to_contain_text("stopped", timeout=2 * START)
    expect(radiology.get_by_role("button", name="Open in OHIF")).to_have_count(0)


def test_versions_are_compared_and_chosen_and_labels_that_wait_are_sent(lab: Page, server: Alone) -> None:
    panel = open_panel(lab)
    form = panel.get_by_role("form", name="Start MONAI Label")
    form.get_by_label("App").select_option("folder")
    form.get_by_label("Folder of the bundle or app").fill("taught")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(server.home))
        taught.lay_out("taught")
        begin(panel)
        found = card(panel, "taught")
        expect(found).to_contain_text("ready", timeout=2 * START)
        taught.submitted("taught")
    expect(found).to_contain_text("1 label is not in the image archive yet", timeout=START)
    found.get_by_text("Which").click()
    expect(panel.get_by_role("list", name="Labels of taught that wait")).to_contain_text("by ada")
    found.get_by_role("button", name="Send now").press("Enter")
    expect(found).to_contain_text("Why not:", timeout=START)  # nobody is there
    found.get_by_text("Versions and training").click()
    versions = panel.get_by_role("list", name="Versions of spleen").get_by_role("listitem")
    expect(versions).to_have_text(
        [re.compile(f"^{word}") for word in ("version 3", "version 2in use", "version 1", "the model as it")]
    )
    expect(versions.first).to_contain_text("Dice 0.790 on 1 held-out label; the one in use has 0.840.")
    expect(versions.first).to_contain_text("Learnt from 2 labels by ada, rita.")
    expect(versions.first.get_by_role("img", name=re.compile("loss over 20 steps: from 0.9"))).to_be_visible()
    expect(found).to_contain_text("waits until a person says so")
    expect(found).to_contain_text("epoch 7 of 20")
    expect(found).to_contain_text("It began on a GPU, and waits until there is one.")
    looks_right(lab, "versions")
    chosen(lab, panel, versions)
    found.get_by_role("button", name="Give it up… spleen").click()
    lab.get_by_role("dialog").get_by_role("button", name="Stop the training").click()
    expect(found).to_contain_text("The last training became no version. Why: stopped by", timeout=START)


def chosen(page: Page, panel: Locator, versions: Locator) -> None:
    """Use a worse version by the keyboard, and go back from it."""
    versions.first.get_by_role("button", name="Use it… spleen, version 3").press("Enter")
    dialog = panel.get_by_role("dialog")
    expect(dialog).to_contain_text("the one in use has 0.840")
    assert violations(page, "dialog") == []
    picture(page, "monailabel-use-version")
    dialog.get_by_label("Why").fill("better at the edges")
    page.keyboard.press("Enter")
    expect(versions.first).to_contain_text("in use", timeout=START)
    expect(versions.first).to_contain_text(re.compile("Chosen by .+ better at the edges"))
    versions.nth(1).get_by_role("button", name="Go back to it…").click()
    dialog.get_by_role("button", name="Use version 2").click()
    expect(versions.nth(1)).to_contain_text("in use", timeout=START)


SHARED = {"id": "0" * 36, "guest": "bob", "until": "2030-06-01T10:00:00Z", "page": "/services/shared/0/"}


def test_it_is_shared_with_a_colleague_until_an_end_and_taken_back(browser: Browser, server: Alone) -> None:
    lab = server.open(browser, timezone_id="Europe/Stockholm")
    shares: list[dict[str, str]] = []

    def service(route: Route) -> None:
        """Stand in for the service, which keeps the list; what the routes ask of it has tests of its own."""
        asked = route.request
        given = asked.post_data_json or {}
        if asked.method == "DELETE":
            shares.clear()
            route.fulfill(status=204)
        elif asked.method == "POST" and given["guest"] == "bob":
            shares.append({**SHARED, "until": given["until"]})
            route.fulfill(status=201, json=shares[0])
        elif asked.method == "POST":
            route.fulfill(
                status=403, json={"status": 403, "detail": "Nobody called “eve” is in the project."}
            )
        else:
            route.fulfill(json={"shares": shares})

    lab.route(re.compile("/maia/monailabel/shared/shares"), service)
    panel = open_panel(lab)
    start = panel.get_by_role("form", name="Start MONAI Label")
    start.get_by_label(SPLEEN).check()
    start.get_by_label("Name").fill("shared")
    begin(panel)
    found = card(panel, "shared")
    expect(found).to_contain_text("ready", timeout=2 * START)
    found.get_by_text("Shared with colleagues").click()
    expect(found).to_contain_text("It is shared with nobody.", timeout=START)
    looks_right(lab, "unshared")
    form = panel.get_by_role("form", name="Share shared")
    expect(form.get_by_role("button", name="Share")).to_be_disabled()
    form.get_by_label("Colleague").fill("eve")
    lab.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Nobody called “eve” is in the project.", timeout=START)
    form.get_by_label("Colleague").fill("bob")
    form.get_by_label("Until").fill("2030-06-01T12:00")
    lab.keyboard.press("Enter")
    expect(form).to_contain_text("Shared with bob until Sat 1 Jun 2030 12:00", timeout=START)
    assert shares[0]["until"] == "2030-06-01T10:00:00.000Z"  # noon in Stockholm
    guests = panel.get_by_role("list", name="Who shares shared")
    expect(guests).to_contain_text("/services/shared/0/")
    expect(guests.get_by_role("button", name="Copy Link for bob")).to_be_visible()
    looks_right(lab, "shared")
    guests.get_by_role("button", name="Take it back… bob").click()
    lab.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(found).to_contain_text("It is shared with nobody.", timeout=START)
    lab.context.close()


def test_on_a_folder_it_is_for_slicer_whose_password_is_shown_once(lab: Page) -> None:
    panel = open_panel(lab)
    form = panel.get_by_role("form", name="Start MONAI Label")
    form.get_by_label(SPLEEN).check()
    form.get_by_label("Images").select_option("folder")
    form.get_by_label("Folder of images").fill("scans")
    form.get_by_label("Name").fill("scans")
    begin(panel)
    scans = card(panel, "scans")
    expect(scans).to_contain_text("ready", timeout=2 * START)
    expect(scans.get_by_role("button", name="Open in OHIF")).to_have_count(0)
    scans.get_by_role("button", name="3D Slicer…").click()
    dialog = panel.get_by_role("dialog")
    expect(dialog).to_contain_text("does not verify TLS certificates")
    dialog.get_by_role("button", name="Make a password").click()
    expect(dialog).to_contain_text("/maia/monailabel/scans/open")
    expect(dialog).to_contain_text("••••")
    assert violations(lab, "dialog") == []
    dialog.get_by_role("button", name="Show Password").click()
    expect(dialog).not_to_contain_text("••••")
    picture(lab, "monailabel-slicer")
    dialog.get_by_role("button", name="Close").click()
    scans.get_by_role("button", name="3D Slicer…").click()
    expect(panel.get_by_role("dialog")).not_to_contain_text("Show Password")
    lab.keyboard.press("Escape")


def test_what_fails_says_why_and_a_folder_is_chosen(lab: Page) -> None:
    panel = open_panel(lab)
    form = panel.get_by_role("form", name="Start MONAI Label")
    form.get_by_label("App").select_option("folder")
    form.get_by_role("button", name="Choose… Folder of the bundle or app").click()
    lab.locator(".jp-Open-Dialog .jp-DirListing-item", has_text="mine").click()
    lab.get_by_role("dialog").get_by_role("button", name="Select", exact=True).click()
    expect(form.get_by_label("Folder of the bundle or app")).to_have_value("mine")
    begin(panel)
    failed = panel.get_by_role("alert")
    expect(failed).to_contain_text("MONAI Label cannot serve this app.", timeout=2 * START)
    expect(failed).to_contain_text("nothing_of_that_name")
    expect(card(panel, "mine")).to_contain_text("its app is refused")
    looks_right(lab, "failed")
    failed.get_by_role("button", name="Hide").click()
    expect(failed).to_have_count(0)
