"""A hub whose door to the tools has an origin of its own."""

from __future__ import annotations

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.utils import subdomain_hook_idna
from traitlets.config import Config

from maia_hub.hub.origins import domain_of, door_origin
from maia_hub.hub.setup import SECRETS, setup
from maia_spawner.booked import BookedSpawner

HUB = "https://hub.example.org:8443"
WORDS = {name: name.ljust(32, "x") for name in (*SECRETS, "tools")}
SERVICE, TOOLS = "http://service:8080", "http://tools:8080"
PATH = "/services/maia-tools/"
ASTRAY = f"hub.example.org{PATH}"


def apart(public_tools_url: str = "") -> Config:
    c = Config()
    c.JupyterHub.subdomain_host = HUB
    setup(c, service_url=SERVICE, secrets=WORDS, tools_url=TOOLS, public_tools_url=public_tools_url)
    return c


def test_the_door_is_called_as_jupyterhub_calls_a_service() -> None:
    assert door_origin(HUB) == "https://maia-tools--service.hub.example.org:8443"
    named = domain_of("maia-tools", "hub.example.org", "service")
    assert named == subdomain_hook_idna("maia-tools", "hub.example.org", "service")


@pytest.mark.parametrize(("name", "kind"), [("maia", "service"), ("alice", "user"), ("maia-tools", "user")])
def test_portal_and_servers_stay_at_the_hubs(name: str, kind: str) -> None:
    assert domain_of(name, "hub.example.org", kind) == "hub.example.org"


def test_a_hub_that_has_subdomains_is_told_which() -> None:
    hub = JupyterHub(config=apart())
    assert hub.subdomain_hook("maia-tools", "hub.example.org", "service").startswith("maia-tools--")
    assert hub.subdomain_hook("alice", "hub.example.org", "user") == "hub.example.org"


def test_the_service_signs_in_at_the_hubs_origin() -> None:
    service = next(each for each in apart().JupyterHub.services if each["name"] == "maia")
    assert service["oauth_redirect_uri"] == "/services/maia/oauth_callback"


def test_programs_in_the_cluster_reach_the_door_by_the_proxys_own_name() -> None:
    c = apart(public_tools_url="http://maia-hub-proxy.site.svc:80")
    assert c.Proxy.extra_routes == dict.fromkeys(("maia-hub-proxy.site.svc" + PATH, ASTRAY), TOOLS)


def test_a_link_that_names_the_hub_comes_to_the_door_which_sends_it_on() -> None:
    assert apart().Proxy.extra_routes == {ASTRAY: TOOLS}


def test_workspaces_are_told_the_origin_of_the_door() -> None:
    assert BookedSpawner(config=apart()).tools_origin == door_origin(HUB)
    c = Config()
    setup(c, service_url=SERVICE, secrets=WORDS, tools_url=TOOLS)
    assert BookedSpawner(config=c).tools_origin == ""


def test_what_the_site_routes_stays() -> None:
    c = Config()
    c.JupyterHub.subdomain_host = HUB
    c.Proxy.extra_routes = {"hub.example.org/wiki/": "http://wiki"}
    setup(c, service_url=SERVICE, secrets=WORDS, tools_url=TOOLS, public_tools_url="http://proxy")
    assert set(c.Proxy.extra_routes) == {"hub.example.org/wiki/", f"proxy{PATH}", ASTRAY}


def test_without_it_nothing_changes() -> None:
    c = Config()
    setup(c, service_url=SERVICE, secrets=WORDS, tools_url=TOOLS, public_tools_url="http://proxy")
    assert "subdomain_hook" not in c.JupyterHub
    assert "Proxy" not in c
