"""Who asks for a pod, and what GPUs it asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maia_hub.admission.reviews import Container, Request, Resources, Spec
from maia_hub.admission.rules import Rules
from maia_hub.core.accounts import user_of
from maia_hub.core.errors import Forbidden, InvalidInput
from maia_hub.core.ids import UserName

_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Gpus:
    """So many of one extended resource."""

    resource: str
    count: int

    def __str__(self) -> str:
        return f"{self.count} × {self.resource}"


def of_platform(request: Request, rules: Rules) -> bool:
    """Tell whether the hub asks: only then the grant on the pod counts."""
    return request.user.username in rules.platform


def asker(request: Request, rules: Rules) -> UserName:
    """Return the user for whom a pod is made by anybody but the hub.

    No label and no annotation of the pod says so: a service account that belongs to one user does, or the API
    server's own word on who sent the request.

    Raises:
        Forbidden: it is nobody whom the platform knows.
    """
    who = request.user.username
    if who in rules.controllers:
        return _owner(request.pod.spec.account or "default", "This pod's service account")
    namespace, _, account = who.removeprefix(_ACCOUNT).partition(":")
    if who.startswith(_ACCOUNT) and namespace == request.namespace:
        return _owner(account, "The service account that made this pod")
    prefix = rules.user_prefix
    if (
        prefix is not None
        and who.startswith(prefix)
        and len(who) > len(prefix)
        and not who.startswith("system:")
    ):
        return UserName(who.removeprefix(prefix))
    raise Forbidden(
        f"Nobody here is known as “{who}”, so no booking can be found for this pod.",
        given=who,
        allowed="the hub, a service account of one user in this namespace, or a user of the platform",
        advice="Make the pod with your own service account (maia admission account YOUR-NAME prints its name), or ask "
        "the administrator.",
    )


def _owner(account: str, what: str) -> UserName:
    user = user_of(account)
    if user is None:
        raise Forbidden(
            f"{what}, “{account}”, belongs to no user, so no booking can be found for this pod.",
            given=account,
            allowed="a service account of one user (maia admission account YOUR-NAME prints its name)",
            advice="Name your own under serviceAccountName.",
        )
    return user


def gpus(spec: Spec, rules: Rules) -> Gpus:
    """Return the GPUs that a pod needs at the most at one time, as the scheduler counts them.

    Raises:
        InvalidInput: of two kinds, none at all, no whole number, or for the pod as a whole.
    """
    if spec.resources is not None and _counts(spec.resources, rules):
        raise InvalidInput(
            "GPUs cannot be asked for the pod as a whole.", advice="Ask for them in one of its containers."
        )
    lasting = 0
    most = 0
    kinds: set[str] = set()
    for container in spec.init_containers or []:
        count = _of(container, rules, kinds)
        if container.restart_policy == "Always":  # a sidecar stays beside all that follows
            lasting += count
            most = max(most, lasting)
        else:
            most = max(most, lasting + count)
    together = lasting + sum(_of(container, rules, kinds) for container in spec.containers)
    if len(kinds) != 1:
        raise InvalidInput(
            "A pod can have GPUs of one kind only." if kinds else "This pod asks for no GPU.",
            given=sorted(kinds),
            allowed="one kind of GPU",
            advice="Make a pod for each kind.",
        )
    return Gpus(kinds.pop(), max(most, together))


def with_gpu(spec: Spec, rules: Rules) -> Iterator[tuple[str, int, Container]]:
    """Yield the containers that ask for a GPU: their group in the spec, their place in it, and themselves."""
    for group, place, container in spec.groups():
        if container.resources is not None and _counts(container.resources, rules):
            yield group, place, container


def _counts(resources: Resources, rules: Rules) -> dict[str, str | int]:
    """Return the GPUs that are asked for; of extended resources requests and limits are equal."""
    both = {**(resources.requests or {}), **(resources.limits or {})}
    return {name: count for name, count in both.items() if name.startswith(tuple(rules.gpu_resources))}


def _of(container: Container, rules: Rules, kinds: set[str]) -> int:
    found = _counts(container.resources, rules) if container.resources else {}
    total = 0
    for name, quantity in found.items():
        text = str(quantity)
        if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0 and len(text) < 9):
            raise InvalidInput(
                f"Container “{container.name}” asks for “{text[:40]}” × {name}.",
                given=text[:40],
                allowed="1 or more, as a whole number",
                advice=f"Ask for at least one, or leave {name} out.",
            )
        kinds.add(name)
        total += int(text)
    return total
