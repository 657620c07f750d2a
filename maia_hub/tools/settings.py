"""What a site's settings say of tools that run elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from maia_hub.core.errors import InvalidInput
from maia_hub.core.ids import ProjectId
from maia_hub.tools.kinds import kind_called, kinds
from maia_hub.tools.model import NAME, RESERVED, Credentials, Page, Tool


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"no tool may be called {name!r}: the platform's own pages are; choose another name")
    return name


ToolName = Annotated[str, StringConstraints(pattern=f"^{NAME}$"), AfterValidator(_not_reserved)]


class OutsideTool(BaseModel):
    """A tool that runs elsewhere.

    - ``address``: where the platform reaches it; of a link, what a browser opens. No user and no password in it.
    - ``user`` and ``secret``: what the platform signs in with, for all its people. ``secret_file`` names a file that
      holds the secret, such as that of a mounted Kubernetes Secret.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    address: AnyHttpUrl
    title: str = Field("", max_length=80)
    user: str = Field("", max_length=200)
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    extra: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_that_there_is(self) -> OutsideTool:
        if self.kind not in kinds():
            raise ValueError(f"kind: there is no {self.kind!r}; there are {', '.join(sorted(kinds()))}")
        if self.address.username or self.address.password:
            raise ValueError("address: a user and a password have fields of their own")
        if self.secret_file is not None and self.secret.get_secret_value():
            raise ValueError("secret_file: give this or secret, not both")
        if self.secret_file is not None and not self.secret_file.is_absolute():
            raise ValueError("secret_file: an absolute path is needed")
        if kind_called(self.kind).static is not None:
            raise ValueError(
                f"kind: {self.kind} is served by the platform itself; a link leads to one elsewhere"
            )
        return self

    def tool(self, project: ProjectId, name: str) -> Tool:
        """Return the tool as the door reaches it, its secret read now: it may have been replaced."""
        known = kind_called(self.kind)
        kind = known.elsewhere or known
        return Tool(
            project=project,
            name=name,
            kind=kind,
            title=self.title or kind.title,
            address=str(self.address) if kind.page is Page.OUTSIDE else str(self.address).rstrip("/"),
            credentials=Credentials(self.user, self._secret()),
            extra=self.extra,
        )

    def _secret(self) -> str:
        if self.secret_file is None:
            return self.secret.get_secret_value()
        try:
            return self.secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            raise InvalidInput(
                "The secret of a tool cannot be read.",
                given=str(self.secret_file),
                allowed="a file of text that the platform may read",
                advice="Correct its path or its rights.",
            ) from e


OutsideTools = Mapping[ProjectId, Mapping[ToolName, OutsideTool]]
"""The tools that run elsewhere, by project and name: ``tools`` in the settings."""
