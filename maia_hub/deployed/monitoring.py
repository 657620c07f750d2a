"""How busy a cluster's GPUs were, as its Prometheus knows it from NVIDIA's DCGM exporter.

The exporter gives ``DCGM_FI_DEV_GPU_UTIL`` in per cent for each GPU, with the labels ``namespace`` and ``pod`` of
whoever has it (https://github.com/NVIDIA/dcgm-exporter); where Prometheus scrapes without ``honorLabels`` they are
called ``exported_namespace`` and ``exported_pod``. Asked by its HTTP API for instant queries
(https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from maia_hub.core.errors import Unavailable
from maia_hub.core.idleness import PARTS
from maia_hub.core.ids import LeaseId
from maia_hub.core.leases import Lease

METRIC = "DCGM_FI_DEV_GPU_UTIL"
_TIMEOUT = 10.0

PodName = tuple[str, str]
"""A pod's namespace and name."""


class _Series(BaseModel):
    """One element of a vector: labels, and (Unix time, value as text)."""

    model_config = ConfigDict(extra="ignore")

    metric: dict[str, str]
    value: tuple[float, str]

    @property
    def pod(self) -> PodName:
        labels = self.metric
        prefix = "exported_" if "exported_pod" in labels else ""
        return labels.get(f"{prefix}namespace", ""), labels.get(f"{prefix}pod", "")


class _Vector(BaseModel):
    model_config = ConfigDict(extra="ignore")

    resultType: Literal["vector"]  # noqa: N815 - Prometheus' name
    result: list[_Series]


class _Reply(BaseModel):
    """What Prometheus answers to an instant query that succeeded."""

    model_config = ConfigDict(extra="ignore")

    status: Literal["success"]
    data: _Vector


class Prometheus:
    """Asks a Prometheus; ``pods_of`` tells which pods of a grant run."""

    def __init__(self, url: str, pods_of: Callable[[LeaseId], Sequence[PodName]]) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/query"
        self._pods_of = pods_of

    async def over(
        self, leases: Sequence[Lease], window: timedelta, now: datetime
    ) -> Mapping[LeaseId, float | None]:
        """Return the highest utilisation of each lease's GPUs; None where a tenth of the window has no number.

        A pod with several GPUs has a series for each: the highest counts, and each must have been measured.

        Raises:
            Unavailable: it does not answer, or not as documented.
        """
        if not leases:
            return {}
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as http:
            peaks = await self._ask(http, peak_query(window), now, max)
            parts = await self._ask(http, coverage_query(window), now, min)
            counts = await self._ask(http, count_query(window), now, min)
        found: dict[LeaseId, float | None] = {}
        for lease in leases:
            pods = self._pods_of(lease.id)
            whole = bool(pods) and all(parts.get(pod, 0) >= PARTS for pod in pods)
            every = sum(counts.get(pod, 0) for pod in pods) >= len(lease.gpus)
            found[lease.id] = max(peaks[pod] for pod in pods) if whole and every else None
        return found

    async def _ask(
        self, http: httpx.AsyncClient, query: str, now: datetime, both: Callable[[float, float], float]
    ) -> dict[PodName, float]:
        try:
            reply = await http.get(self._url, params={"query": query, "time": f"{now.timestamp():.3f}"})
            read = _Reply.model_validate_json(reply.content)
        except (httpx.HTTPError, ValidationError) as e:
            raise Unavailable(
                "Prometheus does not say how busy GPUs are.",
                given=type(e).__name__,
                advice="See whether service.idle.prometheus is right and may be reached; until then nobody is asked.",
            ) from e
        found: dict[PodName, float] = {}
        for series in read.data.result:
            value = float(series.value[1])
            found[series.pod] = both(found[series.pod], value) if series.pod in found else value
        return found


def peak_query(window: timedelta) -> str:
    """Return what asks for the highest utilisation of each GPU over the window before now."""
    return f"max_over_time({METRIC}[{_length(window)}])"


def coverage_query(window: timedelta) -> str:
    """Return what asks in how many tenths of the window there was a number, for each GPU."""
    part = _length(window / PARTS)
    return f"count_over_time(max_over_time({METRIC}[{part}])[{_length(window)}:{part}])"


def count_query(window: timedelta) -> str:
    """Return what asks how many GPUs of a pod were measured."""
    labels = "namespace, pod, exported_namespace, exported_pod"
    return f"count by ({labels}) (max_over_time({METRIC}[{_length(window)}]))"


def _length(length: timedelta) -> str:
    return f"{max(round(length.total_seconds() * 1000), 1)}ms"
