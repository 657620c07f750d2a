"""`maia notices`: where you are told outside of JupyterLab, about what, and whether it arrives."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, get_args

import typer

from maia_hub.cli.output import Json, print_json, print_lines
from maia_hub.client.models import (
    AddressRequest,
    ConfirmRequest,
    ContactChange,
    ContactModel,
    HookRequest,
    TopicName,
)
from maia_hub.client.sync import Client
from maia_hub.client.times import parse_duration, tell_duration
from maia_hub.core.errors import InvalidInput

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def notices(context: typer.Context, json: Json = False) -> None:
    """Show where you are told outside of JupyterLab, and about what; change it."""
    if context.invoked_subcommand is None:
        with Client() as client:
            _print(client.contact(), json=json)


@app.command()
def address(
    email: Annotated[str, typer.Argument(help="Your e-mail address; a code is sent there.")],
    json: Json = False,
) -> None:
    """Give an e-mail address; it counts once you have entered the code that comes."""
    with Client() as client:
        _print(client.give_address(AddressRequest(address=email[:254])), json=json)


@app.command()
def confirm(code: Annotated[str, typer.Argument(help="The code that came.")], json: Json = False) -> None:
    """Enter the code that came: from now on you are told there."""
    with Client() as client:
        _print(client.confirm_address(ConfirmRequest(code=code[:40])), json=json)


@app.command()
def choose(
    topics: Annotated[
        str | None,
        typer.Option(help=f"About what, with commas between: {', '.join(get_args(TopicName))}; or none"),
    ] = None,
    before: Annotated[str | None, typer.Option(help="How long before the end, such as 30min.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Times are written in it, such as Europe/Stockholm.")
    ] = None,
    json: Json = False,
) -> None:
    """Choose about what you are told, how long before the end, and in which time zone."""
    change = ContactChange(
        topics=None if topics is None else _topics(topics),
        lead=None if before is None else parse_duration(before).total_seconds(),
        zone=zone if zone is None else zone[:63],
    )
    with Client() as client:
        _print(client.choose_notices(change), json=json)


@app.command()
def webhook(
    url: Annotated[str, typer.Argument(help="Its whole address, from https:// on; or none")],
    json: Json = False,
) -> None:
    """Be told in a channel of Slack, Teams or Mattermost, too, by its incoming webhook."""
    with Client() as client:
        _print(client.give_hook(HookRequest(url="" if url == "none" else url[:2000])), json=json)


@app.command()
def test() -> None:
    """Have a test sent to yourself."""
    with Client() as client:
        client.send_test()
    print_lines(["A test is on its way to you.", "If it does not come: maia notices"])


@app.command()
def forget() -> None:
    """Have your address and your choice forgotten: nothing is sent any more."""
    with Client() as client:
        client.forget_contact()
    print_lines(["Forgotten: nothing is sent any more."])


def _topics(text: str) -> list[TopicName]:
    wanted = {name.strip() for name in text.split(",") if name.strip()} - {"none"}
    known = get_args(TopicName)
    if unknown := sorted(wanted - set(known)):
        raise InvalidInput("One cannot be told about that.", given=unknown, allowed=[*known, "none"])
    return [name for name in known if name in wanted]


def _print(contact: ContactModel, *, json: bool) -> None:
    if json:
        print_json(contact)
        return
    chosen = [each.text for each in contact.choices if each.topic in contact.topics]
    lines = [
        f"You are told at {contact.address}." if contact.address else "You are told in JupyterLab alone."
    ]
    if not contact.available:
        lines.append("This hub sends no e-mail.")
    if contact.pending:
        lines.append(f"A code was sent to {contact.pending}; enter it: maia notices confirm CODE")
    elif not contact.address and contact.available:
        lines.append("Give an address: maia notices address YOU@EXAMPLE.ORG")
    if contact.hook:
        lines.append(f"You are told in a channel: {contact.hook}")
    elif contact.hook_hosts:
        lines.append(
            f"Be told in a channel, too: maia notices webhook URL, on {', '.join(contact.hook_hosts)}"
        )
    if contact.hook_problem:
        lines.append(f"The last message to the channel was not taken: {contact.hook_problem}")
    if contact.problem:
        lines.append(f"The last message was not taken: {contact.problem}")
    lines += [f"  {text}" for text in chosen or ["about nothing"]]
    lines.append(f"  {_before(contact.lead)} before an end, in times of {contact.zone}")
    print_lines(lines)


def _before(seconds: float) -> str:
    return tell_duration(timedelta(seconds=seconds))
