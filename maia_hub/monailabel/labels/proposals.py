"""Labels that models proposed by themselves, which MONAI Label keeps: each may be sent once, signed by its model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx
from pydantic import BaseModel

from maia_hub.core.errors import InvalidInput, MaiaError, Unavailable
from maia_hub.imaging import Algorithm
from maia_hub.monailabel.environment import VERSION
from maia_hub.monailabel.labels.outbox import Kept, Outbox
from maia_hub.monailabel.labels.submissions import submission

PROPOSED = "original"
"""MONAI Label's own word for a label that nobody has looked at."""
_NIFTI = (".nii", ".nii.gz")  # MONAI Label takes part of an image's UID for part of this, too

Versioned = Callable[[str, datetime], str]
"""Says which version of a model was used at a time."""


class _Info(BaseModel):
    model: str = ""
    ts: float = 0
    params: Any = None


class _Label(BaseModel):
    ext: str = ""
    info: _Info = _Info()


class _Image(BaseModel):
    labels: dict[str, _Label] = {}


class _Store(BaseModel):
    """What MONAI Label says of its data set."""

    objects: dict[str, _Image]


@dataclass(frozen=True)
class Proposal:
    """What a model drew for an image; ``names`` are those of the numbers of its mask."""

    image: str
    model: str
    names: Mapping[int, str]
    at: datetime
    ext: str

    def uid(self, of: str) -> str:
        """Return a UID for ``of`` this, the same whenever it is asked for."""
        said = "\n".join((self.image, self.model, self.at.isoformat(), of))
        return f"2.25.{uuid5(NAMESPACE_OID, said).int}"


@dataclass(frozen=True)
class Sent:
    """What was kept to be sent, and by image why something was not."""

    kept: list[Kept] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def send(client: httpx.Client, outbox: Outbox, version: Versioned) -> Sent:
    """Keep what the models of a server have proposed in its outbox; ``client`` asks that server.

    What the image server has already is recognised when it is delivered, and is not sent again.

    Raises:
        Unavailable: MONAI Label does not answer.
    """
    sent = Sent()
    try:
        for each in _proposals(client):
            try:
                sent.kept.append(_kept(client, each, outbox, version))
            except MaiaError as e:
                sent.left[each.image] = e.message
            except httpx.HTTPStatusError:
                sent.left[each.image] = "MONAI Label does not give it out."
    except (httpx.HTTPError, ValueError) as e:
        raise Unavailable("MONAI Label does not say what was proposed.", given=type(e).__name__) from e
    return sent


def _proposals(client: httpx.Client) -> Iterator[Proposal]:
    told = client.get("/datastore/", params={"output": "all"}).raise_for_status()
    for image, about in _Store.model_validate_json(told.content).objects.items():
        label = about.labels.get(PROPOSED)
        if label is not None and label.info.model:
            at = datetime.fromtimestamp(label.info.ts, timezone.utc)
            yield Proposal(image, label.info.model, _names(label.info.params), at, label.ext)


def _names(params: object) -> dict[int, str]:
    """Return the names of numbers, which a model may give by name or in their order."""
    said = params.get("label_names") if isinstance(params, Mapping) else None
    if not isinstance(said, Mapping):
        said = {name: number for number, name in enumerate(said if isinstance(said, list) else [], 1)}
    return {n: str(name) for name, n in said.items() if isinstance(n, int) and n > 0}


def _kept(client: httpx.Client, proposal: Proposal, outbox: Outbox, version: Versioned) -> Kept:
    uid = proposal.uid("object")
    waits = next((each for each in outbox.kept() if each.what.uid == uid), None)
    if waits is not None:
        return waits
    ext = next((each for each in _NIFTI if proposal.ext.endswith(each)), None)
    if ext is None:
        raise InvalidInput(f"The proposal is a {proposal.ext[-12:]} file; NIfTI files are sent.")
    author = Algorithm(proposal.model, version(proposal.model, proposal.at))
    what = submission(proposal.image, proposal.names, author, at=proposal.at, tool=VERSION)
    what = replace(what, uid=uid, series_uid=proposal.uid("series"))
    with TemporaryDirectory() as folder:
        mask = Path(folder) / f"mask{ext}"
        asked = {"label": proposal.image, "tag": PROPOSED}
        mask.write_bytes(client.get("/datastore/label", params=asked).raise_for_status().content)
        return outbox.keep(what, mask)
