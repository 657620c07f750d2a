"""Label Studio, where it runs elsewhere: its API behind the door, by a legacy token (`enable_legacy_api_token`).

Its page keeps people apart by cookies of its own, which none gets through the door: a *link* leads to it.
"""

from maia_hub.tools.model import Health, Kind, Page

KIND = Kind(
    name="label-studio",
    title="Label Studio",
    page=Page.NONE,
    health=Health("/health"),
    signs_in={"Authorization": "Token {secret}"},
    only=("api/",),
    environment={"LABEL_STUDIO_URL": "{url}"},
)
