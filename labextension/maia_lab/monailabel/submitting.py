"""What the door does with a label that MONAI Label hands over: it is kept, noted there, and only then answered."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from maia_lab.monailabel.labels import Labels
from maia_lab.monailabel.serving import Address

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)
SUBMITS = ("PUT", "datastore/label")
"""The method and the path behind the door by which people submit."""


def handed_over(answer: httpx.Response) -> bool:
    """Tell whether an answer to a submission says that the label waits to be taken."""
    return answer.status_code == HTTPStatus.ACCEPTED


async def submitted(
    labels: Labels, name: str, answer: httpx.Response, address: Address, http: httpx.AsyncClient
) -> dict[str, Any]:
    """Keep the label that an answer names, and return what to answer in its place.

    Raises:
        MaiaError: it cannot be kept, or is not fit to be sent; nothing of it is left here.
    """
    await answer.aread()
    uid = str(answer.json()["detail"]["handed"])
    kept = await labels.keep(name, uid)
    told = await _noted(uid, address, http)
    await labels.send(name, uid)
    return {"image": kept.what.of, "label": kept.what.of, **told, "version": uid}


async def _noted(uid: str, address: Address, http: httpx.AsyncClient) -> dict[str, Any]:
    """Have MONAI Label know the label; it is kept all the same where it does not."""
    import httpx  # noqa: PLC0415 - loaded by nothing else that a server does at its start

    headers = {"Authorization": f"Bearer {address.secret}"}
    try:
        answer = await http.post(f"{address.url}/maia/handed/{uid}", headers=headers)
        return dict(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError) as e:
        _log.warning(
            "maia_lab: MONAI Label does not know a label that is kept: %s: %s", uid, type(e).__name__
        )
        return {}
