"""What an installation says about its mail server."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from maia_hub.core.errors import NotFound


class MailSettings(BaseModel):
    """The mail server (SMTP) and how to speak to it; a misspelt key is an error.

    ``security``: *starttls* (as on port 587) and *tls* (as on port 465) encrypt and check the server's certificate,
    against ``ca_file`` if it is given, else against those that the system trusts; *none* is for a server on the same
    machine. ``user`` and the word in ``password_file`` sign in; without a user nobody does. ``sender`` is whom messages
    come from. ``timeout`` is in seconds for each step.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_file: Path | None = None
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    ca_file: Path | None = None
    timeout: float = Field(default=20.0, gt=0)

    @model_validator(mode="after")
    def _encrypted(self) -> MailSettings:
        if self.security == "none" and self.user:
            raise ValueError(
                "without encryption nobody signs in: choose starttls or tls, or leave out the user"
            )
        return self

    def password(self) -> str:
        """Return the word to sign in with; it is read anew each time, for it may be changed."""
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as e:
            raise NotFound(
                "The mail server's password cannot be read.",
                given=str(self.password_file),
                advice=f"Put it there ({e.strerror}).",
            ) from e
