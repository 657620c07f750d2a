"""The spawn page: what this user may choose now, as a form in HTML, and what a start was given, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from html import escape
from string import Template

from maia_hub.client.models import Choice, Grant, Options
from maia_hub.core.interval import in_words

FIELD = "maia_choice"
_LONGEST = 120

_SCRIPT = """<script>
document.querySelectorAll("#maia-choices time").forEach((time) => {
  const at = new Date(time.dateTime);
  const today = at.toDateString() === new Date().toDateString();
  const day = today ? {} : { weekday: "short", day: "numeric", month: "short" };
  time.textContent = at.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" });
});
</script>"""

_FORM = Template("""<fieldset id="maia-choices">
<legend class="h5">What should your server run on?</legend>
$choices
<p class="form-text">GPUs are booked in the <a href="$portal">booking portal</a>.</p>
</fieldset>
""")

_CHOICE = Template("""<div class="form-check mb-2">
<input class="form-check-input" type="radio" name="$field" id="$id" value="$key"$state>
<label class="form-check-label" for="$id">$label</label>
$reason</div>""")


def form(options: Options, portal: str) -> str:
    """Return the form; what is not possible is disabled, with its reason and when it could be had."""
    rows = [_row(choice, i, choice.key == options.preselected) for i, choice in enumerate(options.choices)]
    return _FORM.substitute(choices="\n".join(rows), portal=escape(portal)) + _SCRIPT


def unavailable_form(why: str) -> str:
    """Return the form for a service that does not answer: CPU alone, and why."""
    choice = Choice(key="cpu", kind="cpu", label="CPU", enabled=True)
    warning = f'<p class="alert alert-warning" role="status">{escape(why)}</p>\n'
    return f'<fieldset id="maia-choices">\n{warning}{_row(choice, 0, True)}\n</fieldset>\n'


def chosen(form_data: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the user options that a submitted form stands for."""
    return {FIELD: choice({FIELD: (form_data.get(FIELD) or [""])[0]})}


def choice(user_options: Mapping[str, object]) -> str:
    """Return the key that was chosen; the hub's API lets anything through, and whoever says nothing gets CPU."""
    return str(user_options.get(FIELD) or "cpu").encode(errors="replace").decode()[:_LONGEST]


def _row(choice: Choice, number: int, checked: bool) -> str:
    identifier = f"maia-choice-{number}"
    state = " checked" if checked else ""
    if not choice.enabled:
        state += " disabled"
    reason = ""
    if said := _place(choice) if choice.enabled else _reason(choice):
        state += f' aria-describedby="{identifier}-why"'
        reason = f'<div class="form-text" id="{identifier}-why">{said}</div>\n'
    return _CHOICE.substitute(
        field=FIELD, id=identifier, key=escape(choice.key), state=state, label=_label(choice), reason=reason
    )


def _label(choice: Choice) -> str:
    label = escape(choice.label)
    if choice.simulated:
        label += ' <span class="badge text-bg-secondary">simulated</span>'
    if choice.enabled and choice.until is not None:
        label += f" until {_time(choice.until)}"
    return label


def _reason(choice: Choice) -> str:
    text = escape(choice.reason or "This is not possible now.")
    return f"{text} Next possible: {_time(choice.next_free)}." if choice.next_free else text


def _place(choice: Choice) -> str:
    """Return the place in the line that a choice brings, and when a GPU is expected there."""
    if choice.place is None:
        return ""
    when = (
        f"expected {_time(choice.next_free)}" if choice.next_free else "nobody knows yet when one comes free"
    )
    return f"Place {choice.place} in line, {when}. You are asked when it is there."


def _time(moment: datetime) -> str:
    """Return a moment that the script shows in the reader's time zone, and that says UTC without it."""
    return f'<time datetime="{moment.isoformat()}">{in_words(moment)}</time>'


def with_expectation(grant: Grant) -> str:
    """Return the reason of a grant, its place in the line if it waits, and when a GPU is expected if it has none."""
    if grant.kind != "cpu":
        return grant.reason
    at = f"{grant.next_free.astimezone(timezone.utc):%H:%M} UTC" if grant.next_free else ""
    if grant.place is not None:
        expected = f"expected at {at}" if at else "nobody knows yet when a GPU comes free"
        return f"{grant.reason} Place {grant.place} in line, {expected}; you are asked when it is there."
    return f"{grant.reason} A GPU is expected at {at}." if at else grant.reason
