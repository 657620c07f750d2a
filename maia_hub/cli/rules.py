"""`maia rules`: policies and quotas, by whoever runs the service, where its settings and secrets are.

Administrators' rights need a sign-in to the portal and no token has them, so this acts on the database itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Annotated, Any, TypeVar

import typer

from maia_hub.cli.database import OPERATOR, desk_of
from maia_hub.cli.files import SECRETS, SETTINGS, Secrets, Settings
from maia_hub.cli.output import print_lines, print_table
from maia_hub.client.times import parse_duration, tell_duration
from maia_hub.core.amendments import SITE, Amendment, Kind, Rules
from maia_hub.core.counting import counted
from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import ProjectId
from maia_hub.core.interval import in_words
from maia_hub.core.projects import Project
from maia_hub.core.rules import Policy
from maia_hub.core.trial import Trial
from maia_hub.desk import Desk

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The rules for bookings.")
NONE = "none"
_MOST = 20
_WORDS = ("name", "title")
_T = TypeVar("_T", Policy, Project)

Reason = Annotated[str, typer.Option(help="Why; it stands in the audit log.")]
Try = Annotated[
    int | None,
    typer.Option(
        "--try", min=1, max=366, help="Change nothing: say what it would have refused in so many days."
    ),
]
Reset = Annotated[bool, typer.Option("--reset", help="Let the settings of the installation hold again.")]
Limits = Annotated[
    list[str] | None,
    typer.Argument(
        help=f"Limits such as max_duration=7d, max_gpus=2 or cooldown={NONE}; others stay as they are."
    ),
]


@app.command()
def show(settings: Settings = SETTINGS, secrets: Secrets = SECRETS) -> None:
    """Show the rules that hold, and who said so."""
    with desk_of(settings, secrets) as (desk, now):
        rules = desk.rules(OPERATOR, now)
    in_force = rules.in_force
    named = [(Kind.POLICY, project) for project in (SITE, *sorted(in_force.policies.projects))]
    named += [(Kind.QUOTAS, project) for project in sorted(in_force.projects.known)]
    columns = ("kind", "project", "limits", "said by")
    print_table("Rules", columns, [_row(rules, kind, project) for kind, project in named])


@app.command()
def policy(
    limits: Limits = None,
    project: Annotated[
        str, typer.Option(help="A project; left out: all that have no policy of their own.")
    ] = SITE,
    reason: Reason = "",
    days: Try = None,
    reset: Reset = False,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """Change limits of bookings, or try them on what was booked."""
    with desk_of(settings, secrets) as (desk, now):
        rules, of = desk.rules(OPERATOR, now), ProjectId(project)
        before = rules.terms(Kind.POLICY, of) or rules.terms(Kind.POLICY, SITE)
        assert isinstance(before, Policy)
        terms = None if reset else _changed(replace(before, name="own"), limits or ())
        change = Amendment(kind=Kind.POLICY, project=of, terms=terms, at=now, by=OPERATOR.user, reason=reason)
        _change_or_try(desk, change, days)


@app.command()
def quotas(
    project: Annotated[str, typer.Argument(help="The project.")],
    limits: Limits = None,
    reason: Reason = "",
    days: Try = None,
    reset: Reset = False,
    settings: Settings = SETTINGS,
    secrets: Secrets = SECRETS,
) -> None:
    """Change what a project may use, such as gpus=4 or products=A40,A6000, or try it on what was booked."""
    with desk_of(settings, secrets) as (desk, now):
        of = ProjectId(project)
        before = desk.rules(OPERATOR, now).terms(Kind.QUOTAS, of)
        terms = (
            None if reset else _changed(before if isinstance(before, Project) else Project(), limits or ())
        )
        change = Amendment(kind=Kind.QUOTAS, project=of, terms=terms, at=now, by=OPERATOR.user, reason=reason)
        _change_or_try(desk, change, days)


def _change_or_try(desk: Desk, change: Amendment, days: int | None) -> None:
    if days is None:
        _tell_changed(desk.amend(OPERATOR, _with_reason(change), change.at), change)
    else:
        _tell_tried(desk.try_out(OPERATOR, change, days, change.at), days)


def _changed(terms: _T, limits: Sequence[str]) -> _T:
    types = {field.name: str(field.type) for field in fields(terms)}
    if not limits:
        raise InvalidInput(
            "No limit was given.", allowed=sorted(types), advice=f"Write for example: {_example(terms)}"
        )
    values: dict[str, Any] = {}
    for limit in limits:
        name, _, text = limit.partition("=")
        if name not in types or not text:
            raise InvalidInput(
                "That is no limit.",
                given=limit[:80],
                allowed=sorted(types),
                advice=f"Write: {_example(terms)}",
            )
        values[name] = _value(name, text, types[name])
    return replace(terms, **values)


def _example(terms: Policy | Project) -> str:
    return "max_duration=7d" if isinstance(terms, Policy) else "gpus=4"


def _value(name: str, text: str, type_: str) -> object:
    if name in _WORDS:
        return text
    if text == NONE:
        return None
    if "timedelta" in type_:
        return parse_duration(text)
    if "tuple" in type_:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        number = int(text) if "int" in type_ else float(text)
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):
        raise InvalidInput(
            f"{name} is a number.",
            given=text[:80],
            allowed=f"a number from 0 on, or {NONE}",
            advice="Correct it.",
        )
    return number


def _with_reason(change: Amendment) -> Amendment:
    if not change.reason.strip():
        raise InvalidInput("A change of the rules has a reason.", allowed="--reason TEXT", advice="Say why.")
    return replace(change, reason=change.reason[:200])


def _row(rules: Rules, kind: Kind, project: ProjectId) -> tuple[str, ...]:
    latest = rules.latest(kind, project)
    changed = latest is not None and latest.terms is not None
    by = f"{latest.by}, {in_words(latest.at)}: {latest.reason}" if latest and changed else "the settings"
    return kind.value, project or "all others", _told(rules.terms(kind, project)), by


def _told(terms: Policy | Project | None) -> str:
    if terms is None:
        return ""
    values = {field.name: getattr(terms, field.name) for field in fields(terms)}
    return "\n".join(f"{name}={_text(value)}" for name, value in values.items() if value not in (None, ""))


def _text(value: object) -> str:
    if isinstance(value, timedelta):
        return tell_duration(value)
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _tell_changed(rules: Rules, change: Amendment) -> None:
    whose = f"the project {change.project}" if change.project else "all projects without one of their own"
    terms = rules.terms(change.kind, change.project)
    told = _told(terms).splitlines() or ["none of its own"]
    print_lines([f"Changed: the {change.kind.value} of {whose}.", *(f"  {line}" for line in told)])


def _tell_tried(trial: Trial, days: int) -> None:
    new = [each for each in trial.refused if not each.before]
    lines = [
        f"Of {counted(trial.bookings, 'booking')} made in the last {counted(days, 'day')}"
        f" it would have refused {len(trial.refused)}."
    ]
    if len(new) < len(trial.refused):
        lines.append(f"{len(trial.refused) - len(new)} of them the rules that hold now would refuse, too.")
    lines += [
        f"  {t.booking.user}: {t.booking.gpus} GPU, {in_words(t.booking.interval.start)} to "
        f"{in_words(t.booking.interval.end)}: {'; '.join(r.message for r in t.refusals)}"
        for t in new[-_MOST:]
    ]
    if len(new) > _MOST:
        lines.append(f"  … the latest {_MOST} of {len(new)}")
    print_lines([*lines, "Nothing was changed."])
