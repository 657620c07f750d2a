"""What the service needs to be told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from maia_hub.core.errors import InvalidInput
from maia_hub.hub.roles import TOOLS

PORTAL = Path(__file__).parent / "static" / "portal"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one person may ask; None: as much as she likes.

    ``reading`` and ``writing`` are calls a minute, for her pages and for her programs (those with a token) apart, so
    that a program that asks without end does not take the pages from its owner. ``streams`` are event streams at a
    time, again of each. ``sign_ins`` are failed ones a minute from one address. ``proxies``: how many of the site's own
    stand before the service and append to ``X-Forwarded-For``; what counts is the address that the outermost one saw.
    """

    reading: int | None = 600
    writing: int | None = 120
    streams: int | None = 20
    sign_ins: int | None = 60
    proxies: int = 1


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """Addresses, secrets and times of the service.

    ``hub_api_url``: where this process reaches the hub's API, such as http://127.0.0.1:8081/hub/api.
    ``hub_path``: the hub's own path in the browser, and ``hub_origin`` its origin where this service has one of its
    own, its ``public_url``, as with JupyterHub's ``subdomain_host``. ``client_id``, ``api_token``: the service's OAuth
    client and its secret, as the hub has them. ``spawner_token``: the secret shared with the spawner alone.
    ``public_url``: the origin that browsers use, if it is fixed; otherwise each request's Host is believed.
    ``address``: the origin that texts for people and their calendar programs name, such as https://gpu.example.org.
    ``door_origin``: that of the door to the tools where it has one of its own, empty where it has the service's.
    ``mail``: whether somebody sends what is to be sent by e-mail. ``webhook_hosts``: on which hosts people may name
    webhooks of their channels.
    ``session_age``: how long a sign-in lasts. ``revalidate`` and ``token_cache``: how old the hub's word on a
    sign-in or a token may get; ``hub_down_grace``: for how long it counts while the hub does not answer.
    ``session_cache``: how long a sign-in that another replica has ended may still count here, for it is not looked up
    with every request; one that was ended here counts no more at once.
    ``answers_kept``: for how long a request with the same ``Idempotency-Key`` counts as the same.
    ``portal``: the folder of the built pages. ``limits``: how often one may ask.
    """

    hub_api_url: str
    api_token: str = field(repr=False)
    spawner_token: str = field(repr=False)
    prefix: str = "/services/maia"
    service_name: str = "maia"
    client_id: str = "service-maia"
    hub_path: str = "/hub/"
    hub_origin: str = ""
    public_url: str | None = None
    address: str | None = None
    door_origin: str = ""
    mail: bool = False
    webhook_hosts: tuple[str, ...] = ()
    session_age: timedelta = timedelta(days=7)
    revalidate: timedelta = timedelta(seconds=60)
    token_cache: timedelta = timedelta(seconds=30)
    hub_down_grace: timedelta = timedelta(hours=1)
    session_cache: timedelta = timedelta(seconds=10)
    answers_kept: timedelta = timedelta(hours=24)
    portal: Path = PORTAL
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefix", "/" + self.prefix.strip("/"))
        object.__setattr__(self, "hub_path", "/" + self.hub_path.strip("/") + "/")
        object.__setattr__(self, "hub_api_url", self.hub_api_url.rstrip("/"))
        for name in ("api_token", "spawner_token"):
            if len(getattr(self, name)) < 16:
                raise InvalidInput(
                    f"The setting {name} is too short to be a secret.",
                    allowed="16 characters or more, chosen at random",
                    advice="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
                )

    @property
    def home(self) -> str:
        """The portal as texts for people name it; empty if nobody has said under which origin it lies."""
        return f"{self.address}{self.prefix}/" if self.address else ""

    @property
    def door(self) -> str:
        """The door to the tools as people open it: a path, or an address where it has an origin of its own."""
        return f"{self.door_origin}{self.prefix.rpartition('/')[0]}/{TOOLS}"

    @property
    def api(self) -> str:
        """The path under which the API lies."""
        return f"{self.prefix}/api/v1"

    @property
    def login(self) -> str:
        """The path that starts a sign-in."""
        return f"{self.prefix}/login"

    @property
    def callback(self) -> str:
        """Where the hub sends the browser back to: the service's OAuth redirect URI."""
        return f"{self.origin}{self.prefix}/oauth_callback"

    @property
    def origin(self) -> str:
        """The service's origin where it has one of its own, empty where it has the hub's."""
        return (self.public_url or "") if self.hub_origin else ""

    @property
    def hub_page(self) -> str:
        """The hub as this service's pages lead to it: a path, or an address where the hub has another origin."""
        return f"{self.hub_origin}{self.hub_path}"

    def lets_in(self, scopes: Collection[str]) -> bool:
        """Tell whether scopes let their owner use this service: by its name, or as all services do.

        What is for all stands for what is for one: the hub names an administrator's token that inherits all of her
        rights by the wider scope alone.
        """
        return self.access_scope in scopes or "access:services" in scopes

    @property
    def access_scope(self) -> str:
        """The scope that a token must hold to be let in."""
        return f"access:services!service={self.service_name}"
