"""What one installation is set to: ports, accounts, secrets.

Kept in ``settings.json``, readable by its owner only.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer

from maia_hub.core.closing import PRESETS, Closing
from maia_hub.core.errors import Conflict, Unavailable, faults
from maia_hub.core.files import replace_whole
from maia_hub.hub.origins import SubdomainHost
from maia_hub.service.sites import SiteSettings
from maia_hub.tools.settings import OutsideTool, OutsideTools

Authenticator = Literal["generated", "pam"]
PolicyName = Literal["open", "classic", "demo"]


def new_secret() -> str:
    """Return a fresh secret of 256 bits, in hexadecimal."""
    return secrets.token_hex(32)


class Part(BaseModel):
    """Common ground: a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid")


class Ports(Part):
    """Ports on the machine; ``public`` is the one people use, the others are bound to 127.0.0.1."""

    public: int = 8000
    hub: int = 0
    proxy: int = 0
    service: int = 0
    tools: int = 0


class Secrets(Part):
    """What the processes show to each other."""

    proxy: str = Field(default_factory=new_secret)
    service: str = Field(default_factory=new_secret)
    tools: str = Field(default_factory=new_secret)
    controller: str = Field(default_factory=new_secret)
    router: str = Field(default_factory=new_secret)
    spawner: str = Field(default_factory=new_secret)
    culler: str = Field(default_factory=new_secret)


class Account(Part):
    """A person who may sign in; the password is kept as it is, for every start shows it again."""

    name: str
    password: str
    admin: bool = False


class Settings(SiteSettings):
    """The whole of ``settings.json``; of projects and notices it says what `SiteSettings` has.

    ``simulated`` is the number of simulated GPUs; None takes the machine's own, or two simulated ones if it
    has none. ``drain`` is in seconds from the stop to the end of a session; None takes the policy's.
    ``tools`` are those that run elsewhere, by project and name.
    ``subdomain_host`` is the address that people open where it is not the machine's own, such as
    http://hub.localhost:8000; the door to the tools has an origin of its own then, below it.
    ``cull_idle`` is in seconds without activity after which a server is stopped; None never.
    """

    version: Literal[1] = 1
    ip: str = "127.0.0.1"
    ports: Ports = Field(default_factory=Ports)
    authenticator: Authenticator = "generated"
    policy: PolicyName = "open"
    subdomain_host: SubdomainHost = ""
    simulated: int | None = None
    drain: float | None = None
    cull_idle: int | None = None
    accounts: list[Account] = Field(default_factory=list)
    allowed: list[str] = Field(default_factory=list)
    admins: list[str] = Field(default_factory=list)
    tools: OutsideTools = Field(default_factory=dict)
    secrets: Secrets = Field(default_factory=Secrets)

    @field_serializer("tools", when_used="json")
    def _with_their_secrets(self, tools: OutsideTools) -> dict[str, dict[str, dict[str, object]]]:
        """Write what the platform signs in with: this file, which only its owner reads, is where it is kept."""
        return {
            project: {name: _written(tool) for name, tool in named.items()}
            for project, named in tools.items()
        }

    @property
    def origin(self) -> str:
        """The URL that people open, without a path."""
        return self.subdomain_host or self.address

    @property
    def address(self) -> str:
        """The URL at which programs of this machine reach the proxy, without a path."""
        return f"http://{self.host}:{self.ports.public}"

    @property
    def host(self) -> str:
        """The address in that URL."""
        host = "127.0.0.1" if self.ip in ("", "0.0.0.0", "::") else self.ip  # noqa: S104 - compared, not bound
        return f"[{host}]" if ":" in host else host

    @property
    def closing(self) -> Closing:
        """The steps at the end of a session: the policy's, with the drain that was asked for."""
        preset = PRESETS[self.policy]
        return preset if self.drain is None else preset.draining(timedelta(seconds=self.drain))


def _written(tool: OutsideTool) -> dict[str, object]:
    secret = tool.secret.get_secret_value()
    return {**tool.model_dump(mode="json", exclude_defaults=True), **({"secret": secret} if secret else {})}


def load(path: Path) -> Settings | None:
    """Read the settings; None if there are none yet, `Conflict` if the file is no settings file."""
    try:
        return Settings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as e:
        raise Conflict(
            "The settings of this data folder cannot be read.", given=f"{path}: {e.strerror}"
        ) from e
    except ValidationError as e:
        raise Conflict(
            "The settings of this data folder cannot be read.",
            given=f"{path}: {faults(e.errors())}",
            advice="Mend the file or move it away; a new one is made with new passwords.",
        ) from None


def save(path: Path, settings: Settings) -> None:
    """Write the settings atomically, readable by the owner only."""
    try:
        replace_whole(path, settings.model_dump_json(indent=1))
    except OSError as e:
        raise Unavailable(
            f"The settings cannot be written: {e.strerror}.",
            given=str(path),
            advice="Make room or choose another folder with --data DIR.",
        ) from e
