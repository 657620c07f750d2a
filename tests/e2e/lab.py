"""JupyterLab in a real Chromium, and what a person does in it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.browser import sign_in
from tests.platform import Platform

PANEL = "#maia-gpu-panel"
BANNER = ".maia-Banner"
START = 180_000
"""Milliseconds that a page may take on a busy machine."""


def signed_in(browser: Browser, platform: Platform, user: str, **options: Any) -> BrowserContext:
    """Return a browser context in which somebody has signed in to the hub."""
    options = {"viewport": {"width": 1400, "height": 900}, **options}
    context = browser.new_context(**options)
    page = context.new_page()
    page.goto(f"{platform.url}/hub/login")
    sign_in(page, user, platform.password(user))
    page.wait_for_url("**/services/maia/**")
    page.close()
    return context


def open_lab(context: BrowserContext, platform: Platform, user: str, workspace: str = "") -> Page:
    """Open JupyterLab and wait until it knows what the server holds."""
    page = context.new_page()
    page.goto(f"{platform.url}/user/{user}/lab{f'/workspaces/{workspace}' if workspace else ''}")
    expect(page.locator(".maia-Status")).to_be_visible(timeout=START)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=START)
    return page


def status(page: Page) -> Locator:
    """Return the countdown in the status bar."""
    return page.locator(".maia-Status")


def open_panel(page: Page) -> Locator:
    """Open the GPU panel by its command, once JupyterLab has laid out what was open before."""
    page.evaluate("async () => { await window.jupyterapp.restored; }")
    execute(page, "maia:gpu-show")
    panel = page.locator(PANEL)
    expect(panel).to_be_visible()
    return panel


def execute(page: Page, command: str, arguments: dict[str, Any] | None = None) -> None:
    """Run a command as the palette does, without waiting for dialogs it opens."""
    call = "([id, args]) => { void window.jupyterapp.commands.execute(id, args); }"
    page.evaluate(call, [command, arguments or {}])


def notification(page: Page, text: str) -> Locator:
    """Return a notification on the page by its text."""
    return page.locator(".Toastify__toast").filter(has_text=re.compile(text))


def new_file(page: Page, text: str) -> str:
    """Create a text file, type into it and leave it unsaved; return its path."""
    execute(page, "fileeditor:create-new")
    editor = page.locator(".jp-FileEditor .cm-content")
    expect(editor).to_be_visible(timeout=START)
    editor.click()
    page.keyboard.type(text)
    expect(editor).to_contain_text(text)
    path: str = page.evaluate("window.jupyterapp.shell.currentWidget.context.path")
    return path


def open_file(page: Page, path: str) -> Locator:
    """Open a text file that exists; return its editor."""
    execute(page, "docmanager:open", {"path": path, "factory": "Editor"})
    editor = page.locator(".jp-FileEditor .cm-content")
    expect(editor).to_be_visible(timeout=START)
    return editor


def new_terminal(page: Page) -> Locator:
    """Open a terminal and wait for its shell."""
    execute(page, "terminal:create-new")
    terminal = page.locator(".jp-Terminal")
    expect(terminal).to_be_visible(timeout=START)
    page.wait_for_function(TERMINAL + "?.connectionStatus === 'connected'", timeout=START)
    return terminal


TERMINAL = (
    "[...window.jupyterapp.shell.widgets('main')].find(w => w.content?.session?.reconnect)?.content.session"
)
"""The connection of the open terminal, as a script finds it."""


def new_console(page: Page) -> Locator:
    """Open a console and wait for its kernel."""
    execute(page, "console:create", {"kernelPreference": {"name": "python3"}})
    console = page.locator(".jp-ConsolePanel")
    expect(console).to_be_visible(timeout=START)
    page.wait_for_function(CONSOLE + "?.session?.kernel?.status === 'idle'", timeout=START)
    return console


CONSOLE = "[...window.jupyterapp.shell.widgets('main')].find(w => w.console)?.sessionContext"
"""The session of the open console, as a script finds it."""


def run_in_console(page: Page, code: str) -> None:
    """Run code in the open console."""
    path = page.evaluate(f"{CONSOLE}.path")
    execute(page, "console:inject", {"path": path, "code": code})


def new_notebook(page: Page) -> Locator:
    """Create a notebook with a running kernel; return its panel."""
    execute(page, "notebook:create-new", {"kernelName": "python3"})
    panel = page.locator(".jp-NotebookPanel")
    expect(panel).to_be_visible(timeout=START)
    kernel_answers(page)
    return panel


def kernel_answers(page: Page) -> None:
    """Wait until the current notebook's kernel has answered: what is run before that, JupyterLab drops silently."""
    page.wait_for_function(
        """async () => {
            const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
            await context.ready;
            await sessionContext.ready;
            return Boolean(await sessionContext.session?.kernel?.info);
        }""",
        timeout=2 * START,
    )


def run_cell(page: Page, code: str) -> None:
    """Put code into the current notebook's last cell and run it, once document and kernel are ready."""
    kernel_answers(page)
    page.evaluate(
        """code => {
            const { content } = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = content.widgets.length - 1;
            content.activeCell.model.sharedModel.setSource(code);
        }""",
        code,
    )
    execute(page, "notebook:run-cell-and-select-next")


def kernel_ids(page: Page) -> list[str]:
    """Return the ids of the kernels that the open notebooks are connected to."""
    found: list[str] = page.evaluate(
        """[...window.jupyterapp.shell.widgets('main')]
             .map(widget => widget.sessionContext?.session?.kernel?.id).filter(id => id)"""
    )
    return found


def expose_app(platform: Platform, user: str) -> None:
    """Let the page's scripts reach the application, by JupyterLab's own setting in the user's home."""
    folder = platform.data / "homes" / user / ".jupyter" / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page_config.json").write_text('{"exposeAppInBrowser": true}', encoding="utf-8")
