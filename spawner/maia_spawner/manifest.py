"""A pod and a grant become the pod that is created: pure, and the one place that knows how.

The pod comes and goes as the API's own JSON (camelCase). Whatever a profile, a hook or an extra container asked for,
a GPU is in the result only if the grant has one, in the notebook's container alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from maia_hub.core import marks
from maia_hub.core.leases import GrantKind
from maia_hub.core.machines import VENDORS
from maia_hub.core.sessionfile import ENV as SESSION_FILE
from maia_hub.core.sessionfile import NAME
from maia_spawner.folders import with_folders

NO_GPU = {"NVIDIA_VISIBLE_DEVICES": "void", "CUDA_VISIBLE_DEVICES": ""}
"""CUDA images ask NVIDIA's container runtime for all GPUs unless they are told otherwise."""
_AFTER_END = 5
"""Seconds for which nobody's GPU may be held after its end."""
MAIN = "notebook"
VOLUME = "maia-session"
SUPERVISOR = (
    "maia-supervise",
    "--session-file",
    str(marks.SESSION_FOLDER / NAME),
    "--state-file",
    "/tmp/maia-supervise.json",  # noqa: S108 the container's own
    "--",
)
_PRIORITY = {
    GrantKind.BOOKED: marks.PRIORITY_BOOKED,
    GrantKind.OPPORTUNISTIC: marks.PRIORITY_OPPORTUNISTIC,
    GrantKind.CPU: marks.PRIORITY_CPU,
}

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a start was granted, as far as a pod shows it.

    ``resource`` and ``count`` are the extended resource and how much of it, ``node`` the booking's node;
    ``annotations`` say it to people and to the control loops; ``deadline`` is the pod's lifetime in seconds, counted
    by the kubelet from the pod's start (Kubernetes API, PodSpec.activeDeadlineSeconds), None for no limit;
    ``folders`` are the ids of the groups whose folders it has, by the folders' names.
    """

    id: str
    kind: GrantKind
    resource: str | None = None
    count: int = 0
    node: str | None = None
    deadline: int | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a site decides: which selector and taint keys and runtime classes only GPUs need, how long a pod may take
    to end (seconds), whether the image has the supervisor, whether the priority classes exist, and which claim has the
    folders of groups.
    """

    gpu_keys: frozenset[str] = frozenset()
    gpu_runtimes: frozenset[str] = frozenset({"nvidia"})
    grace: int = 25
    supervised: bool = True
    priorities: bool = True
    shared_claim: str = ""


def granted(pod: Json, given: Given, rules: Rules) -> Json:
    """Return the pod with what was given, and with no GPU besides."""
    made = deepcopy(pod)
    _without_gpus(made["spec"], given, rules)
    if given.kind is not GrantKind.CPU:
        _with_gpus(made["spec"], given)
    _marked(made["metadata"], given)
    _kept_to_its_end(made["spec"], given, rules)
    _told(made["spec"], given, rules)
    if rules.shared_claim:
        with_folders(made["spec"], _main(made["spec"]), given.folders, rules.shared_claim)
    return made


def _is_gpu(name: str, given: Given) -> bool:
    return name == given.resource or name.startswith(VENDORS)


def _containers(spec: Json) -> Iterator[Json]:
    for group in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(group) or []


def _main(spec: Json) -> Json:
    containers: list[Json] = spec["containers"]
    return next((each for each in containers if each["name"] == MAIN), containers[0])


# ---- GPUs


def _without_gpus(spec: Json, given: Given, rules: Rules) -> None:
    for container in _containers(spec):
        resources = container.get("resources") or {}
        for part in ("limits", "requests"):
            kept = {name: n for name, n in (resources.get(part) or {}).items() if not _is_gpu(name, given)}
            if part in resources:
                resources[part] = kept
        resources.pop("claims", None)
        for name, value in NO_GPU.items():
            _set(container, name, value)
    for part in ("limits", "requests"):  # of the pod as a whole, KEP-2837
        whole = spec.get("resources") or {}
        if part in whole:
            whole[part] = {name: n for name, n in whole[part].items() if not _is_gpu(name, given)}
    spec.pop("resourceClaims", None)  # GPUs by dynamic resource allocation (KEP-4381) are not granted
    if given.kind is GrantKind.CPU:
        _free_of_gpu_nodes(spec, rules)


def _free_of_gpu_nodes(spec: Json, rules: Rules) -> None:
    """Remove what only a GPU needed: it would keep the pod from starting, or place it on a GPU node."""

    def only_gpu(key: str) -> bool:
        return key in rules.gpu_keys or key.startswith(VENDORS)

    selector = spec.get("nodeSelector") or {}
    spec["nodeSelector"] = {key: value for key, value in selector.items() if not only_gpu(key)}
    tolerations = spec.get("tolerations") or []
    spec["tolerations"] = [each for each in tolerations if not only_gpu(each.get("key") or "")]
    node = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = node.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required:
        terms = [_term_without(term, only_gpu) for term in required["nodeSelectorTerms"]]
        if all(terms):
            required["nodeSelectorTerms"] = terms
        else:  # a term that asked for nothing but GPUs now asks for nothing: every node will do
            node.pop("requiredDuringSchedulingIgnoredDuringExecution")
    preferred = node.get("preferredDuringSchedulingIgnoredDuringExecution")
    if spec.get("runtimeClassName") in rules.gpu_runtimes:
        spec.pop("runtimeClassName")
    if preferred:
        kept = [{**each, "preference": _term_without(each["preference"], only_gpu)} for each in preferred]
        node["preferredDuringSchedulingIgnoredDuringExecution"] = [
            each for each in kept if each["preference"]
        ]


def _term_without(term: Json, unwanted: Any) -> Json:
    left = {part: [each for each in term.get(part) or [] if not unwanted(each["key"])] for part in term}
    return {part: asked for part, asked in left.items() if asked}


def _with_gpus(spec: Json, given: Given) -> None:
    main = _main(spec)
    resources = main.setdefault("resources", {})
    for part in ("limits", "requests"):
        resources[part] = {**(resources.get(part) or {}), str(given.resource): str(given.count)}
    # What device plugins set by themselves must not be overridden.
    main["env"] = [each for each in main["env"] if each["name"] not in NO_GPU]
    taint = {"key": given.resource, "operator": "Exists", "effect": "NoSchedule"}
    spec["tolerations"] = [*(each for each in spec.get("tolerations") or [] if each != taint), taint]
    if given.node is not None:
        _bind(spec, given.node)


def _bind(spec: Json, node: str) -> None:
    """Allow one node alone, by its name: terms are alternatives, so each of them has to say so."""
    spec["affinity"] = affinity = {**(spec.get("affinity") or {})}
    affinity["nodeAffinity"] = of_node = {**(affinity.get("nodeAffinity") or {})}
    required = of_node.get("requiredDuringSchedulingIgnoredDuringExecution") or {"nodeSelectorTerms": [{}]}
    field_ = {"key": "metadata.name", "operator": "In", "values": [node]}
    of_node["requiredDuringSchedulingIgnoredDuringExecution"] = {
        "nodeSelectorTerms": [
            {**term, "matchFields": [*(term.get("matchFields") or []), field_]}
            for term in required["nodeSelectorTerms"]
        ]
    }


# ---- the rest


def _marked(metadata: Json, given: Given) -> None:
    """Put our labels and annotations, and remove any of ours that came from elsewhere."""
    for part, ours in (
        ("labels", {marks.GRANT: given.id, marks.KIND: given.kind.value}),
        ("annotations", dict(given.annotations)),
    ):
        others = metadata.get(part) or {}
        kept = {key: value for key, value in others.items() if not key.startswith(marks.PREFIX)}
        metadata[part] = {**kept, **ours}


def _kept_to_its_end(spec: Json, given: Given, rules: Rules) -> None:
    spec["restartPolicy"] = "Never"  # else a killed container starts again in the same pod, with the GPU
    spec["terminationGracePeriodSeconds"] = rules.grace
    if given.deadline is not None:
        spec["activeDeadlineSeconds"] = given.deadline
        if not rules.supervised:  # what ignores that it is told to stop would keep the GPU for so long
            spec["terminationGracePeriodSeconds"] = min(rules.grace, _AFTER_END)
    if rules.priorities:
        spec["priorityClassName"] = _PRIORITY[given.kind]
        for computed in ("priority", "preemptionPolicy"):
            spec.pop(computed, None)


def _told(spec: Json, given: Given, rules: Rules) -> None:
    """Let the server know what it holds, through a file that follows the annotation."""
    main = _main(spec)
    item = {"path": NAME, "fieldRef": {"fieldPath": f"metadata.annotations['{marks.SESSION}']"}}
    volumes = [each for each in spec.get("volumes") or [] if each["name"] != VOLUME]
    spec["volumes"] = [*volumes, {"name": VOLUME, "downwardAPI": {"items": [item]}}]
    mounts = [each for each in main.get("volumeMounts") or [] if each["name"] != VOLUME]
    mount = {"name": VOLUME, "mountPath": str(marks.SESSION_FOLDER), "readOnly": True}
    main["volumeMounts"] = [*mounts, mount]
    for name, value in given.environment.items():
        _set(main, name, value)
    _set(main, SESSION_FILE, str(marks.SESSION_FOLDER / NAME))
    if rules.supervised:
        main["command"] = [*SUPERVISOR, *(main.get("command") or [])]


def _set(container: Json, name: str, value: str) -> None:
    others = [each for each in container.get("env") or [] if each["name"] != name]
    container["env"] = [*others, {"name": name, "value": value}]
