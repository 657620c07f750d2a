"""What one installation on Kubernetes is set to: a file from a ConfigMap, and secrets from a mounted folder."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import URL

from maia_hub.core.closing import PRESETS, Closing
from maia_hub.core.errors import InvalidInput, NotFound, faults
from maia_hub.service.sites import Idle, SiteSettings
from maia_hub.store.dialects import parse

DATABASE_SECRET = "database"  # noqa: S105 the name of a file
"""A further file there: the password of the database's user, or the database's whole URL. SQLite needs none."""
_Kind = TypeVar("_Kind", bound=BaseModel)


class Review(BaseModel):
    """The admission review's Service; its Secret is ``<name>-tls``, its webhook configurations are called as it is."""

    model_config = ConfigDict(extra="forbid")

    namespace: str
    name: str


class ClusterIdle(Idle):
    """When a booked GPU that does nothing is asked about; ``prometheus`` is the URL of the one that knows it."""

    prometheus: str = Field(pattern="^https?://[^ ]+$")


class Settings(SiteSettings):
    """The whole of the file; a misspelt key is an error. Of projects and notices it says what `SiteSettings` has.

    ``database`` is where the bookings are, ``sqlite:///PATH`` or ``postgresql://USER@HOST/DATABASE``, without a secret:
    see `DATABASE_SECRET`; None if the whole URL is there. ``hub_api_url`` is where these processes reach the hub's API.
    ``address`` is the origin under which people reach the hub, for what is read elsewhere: None if it is not known.
    ``door_origin`` is that of the door to the tools, if it has one of its own.
    ``namespaces`` are those whose pods count. ``drain`` is in seconds from the stop to the end of a session; None takes
    the policy's. ``tolerated`` are taints, besides those of GPU vendors, that GPU servers tolerate. ``review`` is
    whose certificate is made and renewed here; None: somebody else does. ``alarm_after`` is for how many seconds GPUs
    may be missing under a booking before its owner and the administrators are told: a kubelet that restarts has none
    for a moment. ``lease`` (NAMESPACE/NAME of a Lease) is what several of these
    processes share: the one that holds it runs the loops. None: this is the only one.
    """

    database: str | None = None
    hub_api_url: str
    namespaces: list[str]
    host: str = "0.0.0.0"  # noqa: S104 a pod's own address; NetworkPolicies say who may reach it
    port: int = 8080
    prefix: str = "/services/maia"
    door_origin: str = Field(default="", pattern="^(https?://[^ /]+)?$")
    address: str | None = Field(default=None, pattern="^https?://[^ /]+$")
    policy: Literal["open", "classic", "demo"] = "open"
    drain: float | None = None
    tolerated: list[str] = Field(default_factory=list)
    review: Review | None = None
    alarm_after: float = Field(default=60.0, ge=0)
    lease: str | None = Field(default=None, pattern="^[^/]+/[^/]+$")
    idle: ClusterIdle | None = None

    @field_validator("database")
    @classmethod
    def _without_secret(cls, url: str | None) -> str | None:
        if url is not None and parse(url).password is not None:
            raise ValueError(f"a password does not belong here, but into the secret “{DATABASE_SECRET}”")
        return url

    @property
    def closing(self) -> Closing:
        """How sessions end."""
        preset = PRESETS[self.policy]
        return preset if self.drain is None else preset.draining(timedelta(seconds=self.drain))


def load(path: Path) -> Settings:
    """Read the settings of service, review and migration, as `read` does."""
    return read(path, Settings)


def read(path: Path, kind: type[_Kind]) -> _Kind:
    """Read settings of a kind.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no JSON, or a key is unknown, missing or of the wrong kind; the message names it.
    """
    try:
        return kind.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as e:
        raise NotFound(
            "The settings cannot be read.", given=str(path), advice=f"Mount them there ({e.strerror})."
        ) from e
    except json.JSONDecodeError as e:
        raise InvalidInput(f"The settings are no JSON: {e}.", given=str(path), advice="Mend the file.") from e
    except ValidationError as e:
        raise InvalidInput(
            f"The settings are wrong: {faults(e.errors())}.", given=str(path), advice="Mend the file."
        ) from e


def database(settings: Settings, folder: Path) -> URL:
    """Return the URL of the database with its secret, which no text of it shows.

    Raises:
        NotFound: neither the settings nor the secret say where it is.
        Unavailable: what is there is no URL of a database.
    """
    path = folder / DATABASE_SECRET
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        secret = ""
    except OSError as e:
        raise NotFound("A secret cannot be read.", given=str(path), advice=f"{e.strerror}.") from e
    if "://" in secret:
        return parse(secret)
    if settings.database is None:
        raise NotFound(
            "Nothing says where the database is.",
            allowed="“database” in the settings, or a whole URL in the secret of that name",
            advice=f"Mount the secret as {path}.",
        )
    url = parse(settings.database)
    return url.set(password=secret) if secret else url
