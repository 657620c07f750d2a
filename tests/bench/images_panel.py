"""The panel "Images" over an archive with 10,000 studies, in Chromium, against the same panel over one with 100.

`value` is the time from the command that shows the panel until the first studies are drawn. `scroll_frame_*` are the
milliseconds between two frames while the wheel turns through the whole list, whose pages are fetched on the way;
`scroll_studies_per_s` is how fast that goes, `ordered_ms` the time until all of it is fetched and put in order.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, expect

from tests.bench.report import report
from tests.dicom import orthanc as servers
from tests.dicom import series
from tests.dicom.orthanc import Orthanc
from tests.e2e.alone import Alone, alone
from tests.e2e.browser import chromium

FEW = 100
_AT_A_TIME = 500
_WITHIN = 240_000

FIRST = """async () => {
  const began = performance.now();
  await window.jupyterapp.commands.execute('maia:images-show');
  return new Promise(done => {
    const look = () => {
      if (document.querySelector('.maia-Images-row')) done(performance.now() - began);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
SCROLL = """async wanted => {
  const grid = document.querySelector('.maia-Images-grid');
  const frames = [];
  const began = performance.now();
  let last = began;
  while (performance.now() - began < 180000) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
    grid.scrollTop += 400;
    const whole = Number(grid.getAttribute('aria-rowcount')) === wanted;
    if (whole && grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1) break;
  }
  return { frames, took: performance.now() - began };
}"""


def fill(orthanc: Orthanc, count: int) -> None:
    """Let the archive have so many studies of one small image each."""
    for first in range(0, count, _AT_A_TIME):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for n in range(first, min(first + _AT_A_TIME, count)):
                archive.writestr(f"{n}.dcm", _image(n))
        orthanc.rest("instances", "POST", content=packed.getvalue())


def _image(n: int) -> bytes:
    made = series.Made(
        slices=1,
        size=8,
        patient=f"P{n:05}",
        date=f"2026{n % 12 + 1:02}{n % 28 + 1:02}",
        description=f"Study {n}",
    )
    written = io.BytesIO()
    (dataset,) = series.study(made)
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()


def first_results(browser: Browser, lab: Alone) -> float:
    """Return the milliseconds until the panel shows studies, in a window of its own."""
    page = lab.open(browser)
    took: float = page.evaluate(FIRST)
    page.context.close()
    return took


def scrolled(page: Page, studies: int) -> tuple[list[float], float]:
    """Turn the wheel to the end; return the milliseconds between frames, sorted, and all of them together."""
    page.evaluate(FIRST)
    page.set_default_timeout(_WITHIN)
    found = page.evaluate(SCROLL, studies)
    return sorted(found["frames"]), found["took"]


def ordered(page: Page, studies: int) -> float:
    """Return the milliseconds until all is fetched and in order."""
    page.evaluate(FIRST)
    began: float = page.evaluate("performance.now()")
    page.get_by_label("Order").select_option("newest")
    expect(page.get_by_role("treegrid")).to_have_attribute("aria-rowcount", str(studies), timeout=_WITHIN)
    ended: float = page.evaluate("performance.now()")
    return ended - began


def main() -> None:
    """Measure over two archives and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=10_000)
    parser.add_argument("--loads", type=int, default=5)
    given = parser.parse_args()
    with ExitStack() as stack:
        browser = stack.enter_context(chromium())
        labs = []
        for count in (FEW, given.studies):
            orthanc = stack.enter_context(servers.running(settings={"AuthenticationEnabled": False}))
            fill(orthanc, count)
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            labs.append(stack.enter_context(alone(home, MAIA_DICOMWEB_URL=orthanc.url)))
        few, many = ([first_results(browser, lab) for _ in range(given.loads)] for lab in labs)
        frames, took = scrolled(labs[1].open(browser), given.studies)
        whole = ordered(labs[1].open(browser), given.studies)
    report(
        "images_panel",
        value=median(many),
        unit="ms",
        against=f"the same over {FEW} studies",
        ratio=median(many) / median(few),
        n=given.loads,
        studies=given.studies,
        few=median(few),
        scroll_frame_p50=median(frames),
        scroll_frame_p95=frames[int(0.95 * len(frames))],
        scroll_frame_max=frames[-1],
        scroll_studies_per_s=1000 * given.studies / took,
        ordered_ms=whole,
    )


if __name__ == "__main__":
    main()
