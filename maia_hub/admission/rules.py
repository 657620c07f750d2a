"""What a site decides about the review."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from maia_hub.core.errors import InvalidInput, NotFound, faults
from maia_hub.core.machines import VENDORS

CONTROLLERS = [
    "system:kube-controller-manager",
    *(
        f"system:serviceaccount:kube-system:{name}-controller"
        for name in ("daemon-set", "job", "replicaset", "replication", "statefulset")
    ),
]
"""Kubernetes' own controllers that make pods, with and without accounts of their own."""


class Rules(BaseModel):
    """The file that the chart writes; a misspelt key is an error.

    ``platform`` are the accounts whose word on a pod's grant counts, as the API server names them: the hub's.
    ``controllers`` make pods for others: there the pod's own service account says whose it is. Whoever can make their
    objects (Jobs, …) must be kept from naming another user's account; the chart's policy does so for those listed here.
    ``user_prefix``: people who sign in to the API server as this and a user's name (its ``--oidc-username-prefix``) are
    that user; None: nobody is, for names of two sign-ins need not mean the same person.
    ``gpu_resources``: extended resources whose names begin so are GPUs.
    ``priorities``: whether the priority classes exist.
    """

    model_config = ConfigDict(extra="forbid")

    platform: list[str]
    controllers: list[str] = CONTROLLERS
    user_prefix: str | None = None
    gpu_resources: list[str] = list(VENDORS)
    priorities: bool = True


def load(path: Path) -> Rules:
    """Read the rules.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no JSON, or a key is unknown, missing or of the wrong kind; the message names it.
    """
    try:
        return Rules.model_validate_json(path.read_bytes())
    except OSError as e:
        raise NotFound(
            "The rules of the review cannot be read.",
            given=str(path),
            advice=f"Mount them there ({e.strerror}).",
        ) from e
    except ValidationError as e:
        raise InvalidInput(
            f"The rules of the review are wrong: {faults(e.errors())}.",
            given=str(path),
            advice="Mend the file.",
        ) from e
