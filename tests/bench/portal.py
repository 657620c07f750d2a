"""The portal's first page with 1,000 bookings in view, in Chromium with nothing cached, against it without any.

`value` is the time to interactive: from the start of the navigation until all bookings are drawn and the last task of
the main thread that took more than 50 ms has ended, with none in the second after. `drag_frame_*` are the milliseconds
between two frames while a booking is dragged over the full calendar.
"""

from __future__ import annotations

import random
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median
from uuid import uuid4

from playwright.sync_api import Browser, Page

from maia_hub.core.bookings import Booking, BookingState
from maia_hub.core.ids import BookingId, ProjectId, UserName
from maia_hub.core.interval import Interval
from maia_hub.store import Store
from tests.bench.report import report
from tests.e2e.browser import chromium, open_portal
from tests.platform import Platform

GPUS = 64
EACH = 16
BOOKINGS = GPUS * EACH
LOADS = 7
PROJECTS = ("vision", "ultrasound", "cardio", "spine", "oncology", "retina", "default")

WATCH = """
const wanted = %d;
window.measured = { drawn: 0, busy: 0 };
new PerformanceObserver(list => {
  for (const task of list.getEntries()) measured.busy = Math.max(measured.busy, task.startTime + task.duration);
}).observe({ type: 'longtask', buffered: true });
const look = () => {
  const there = document.querySelector('.maia-Timeline') &&
    new Set([...document.querySelectorAll('.maia-Block')].map(block => block.dataset.booking)).size >= wanted;
  if (there) measured.drawn = performance.now(); else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
SETTLED = "measured.drawn > 0 && performance.now() > Math.max(measured.drawn, measured.busy) + 1000"
FRAMES = """
() => {
  window.frames = [];
  let last = performance.now();
  const next = now => { frames.push(now - last); last = now; if (frames.length < 600) requestAnimationFrame(next); };
  requestAnimationFrame(next);
}
"""


def fill(database: Path) -> None:
    """Write bookings of the next two days, one after the other on each GPU; every eighth is alice's."""
    rng = random.Random(1)
    now = datetime.now(timezone.utc)
    store = Store(f"sqlite:///{database}")
    with store.write() as tx:
        (pool,) = tx.inventory.pools()
        for lane, gpu in enumerate(tx.inventory.gpus()):
            start = now + timedelta(hours=1)
            for n in range(EACH):
                end = start + timedelta(hours=rng.choice((1, 2, 3)))
                tx.bookings.add(
                    Booking(
                        id=BookingId(uuid4()),
                        user=UserName("alice" if (lane + n) % 8 == 0 else f"user{lane}"),
                        project=ProjectId(rng.choice(PROJECTS)),
                        pool=pool.id,
                        node=gpu.node,
                        gpus=1,
                        interval=Interval(start, end),
                        state=BookingState.CONFIRMED,
                        created=now,
                    )
                )
                start = end + timedelta(minutes=rng.choice((0, 15, 30)))
    store.close()


def load(browser: Browser, platform: Platform, signed_in: Page, bookings: int) -> float:
    """Open the page with an empty cache; return the milliseconds until it is interactive."""
    context = browser.new_context(
        storage_state=signed_in.context.storage_state(), viewport={"width": 1600, "height": 1000}
    )
    page = context.new_page()
    page.add_init_script(WATCH % bookings)
    page.goto(f"{platform.service_url}/")
    # Asked from outside: the page's policy lets nothing in it be evaluated.
    while not page.evaluate(SETTLED):
        page.wait_for_timeout(100)
    took: float = page.evaluate("Math.max(measured.drawn, measured.busy)")
    context.close()
    return took


def drag(page: Page) -> list[float]:
    """Drag a booking of one's own over the calendar and back; return the milliseconds between frames, sorted."""
    box = page.locator(".maia-Block.maia-mod-movable").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in (*range(0, 300, 5), *range(300, -1, -5)):
        page.mouse.move(x + step, y)
    frames: list[float] = page.evaluate("frames")
    page.keyboard.press("Escape")
    page.mouse.up()
    return sorted(frames)


def main() -> None:
    """Load it without and with bookings by a platform of its own, and print one line."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        platform = Platform(Path(folder) / "data", gpus=GPUS)
        try:
            platform.start()
            page = open_portal(browser, platform, "alice", viewport={"width": 1600, "height": 1000})
            empty = [load(browser, platform, page, 0) for _ in range(LOADS)]
            fill(platform.data / "maia.db")
            full = [load(browser, platform, page, BOOKINGS) for _ in range(LOADS)]
            page.reload()
            page.locator(".maia-Block").nth(BOOKINGS - 1).wait_for(state="attached")
            frames = drag(page)
        finally:
            platform.stop()
    report(
        "portal",
        value=median(full),
        unit="ms",
        against="the same page without a booking",
        ratio=median(full) / median(empty),
        n=LOADS,
        bookings=BOOKINGS,
        worst=max(full),
        empty=median(empty),
        drag_frame_p50=median(frames),
        drag_frame_max=frames[-1],
    )


if __name__ == "__main__":
    main()
