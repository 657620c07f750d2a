"""Any JupyterHub's configuration gets what the platform needs of it, beside what is there."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kubespawner.reflector import ResourceReflector
from traitlets.config import Config

from maia_hub.core.errors import InvalidInput, NotFound
from maia_hub.hub.culling import is_idle
from maia_hub.hub.installation import configure
from maia_hub.hub.roles import CUSTOM_SCOPES
from maia_hub.hub.setup import REFLECTORS, SECRETS, setup

ACCESS = ("access:services!service=maia", "access:services!service=maia-tools")
URL = "http://service:8080"
WORDS = {name: name.ljust(32, "x") for name in (*SECRETS, "proxy", "tools")} | {
    "cookie": "ab" * 32,
    "crypt": "cd" * 32,
}


def of_zero_to_jupyterhub() -> Config:
    """Return a configuration as that chart has filled it when its extraConfig is run."""
    c = Config()
    c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
    c.JupyterHub.services = [{"name": "jupyterhub-idle-culler", "command": ["true"]}]
    c.JupyterHub.load_roles = [
        {"name": "jupyterhub-idle-culler", "scopes": ["list:users"], "services": ["jupyterhub-idle-culler"]},
        {"name": "user", "scopes": ["self", "shares!user"]},
    ]
    return c


def test_services_and_roles_of_the_site_stay() -> None:
    c = of_zero_to_jupyterhub()
    setup(c, service_url=URL, secrets=WORDS)
    assert c.JupyterHub.spawner_class == "maia-kubernetes"
    assert [s["name"] for s in c.JupyterHub.services] == ["jupyterhub-idle-culler", "maia", "maia-controller"]
    scopes = {role["name"]: set(role["scopes"]) for role in c.JupyterHub.load_roles}
    assert scopes == {
        "jupyterhub-idle-culler": {"list:users"},
        "user": {"self", "shares!user", *ACCESS, "custom:maia:book"},
        "server": {"users:activity!user", "access:servers!server", *ACCESS},
        "maia-service": {"read:users:name", "read:users:groups"},
        "maia-controller": {"list:users", "read:servers", "start:servers", "delete:servers", "shares"},
    }
    assert c.JupyterHub.custom_scopes.to_dict() == {"update": CUSTOM_SCOPES}


def test_loops_that_let_nobody_in_can_only_take_that_back() -> None:
    c = Config()
    setup(c, service_url=URL, secrets=WORDS, staff_entry=False)
    scopes = {role["name"]: set(role["scopes"]) for role in c.JupyterHub.load_roles}
    assert scopes["maia-controller"] == {
        "list:users",
        "read:servers",
        "start:servers",
        "delete:servers",
        "users:shares",
    }


def test_the_service_signs_people_in_without_a_question_and_nobody_waits_for_it() -> None:
    c = Config()
    setup(c, service_url=f"{URL}/", secrets=WORDS, public_service_url="https://maia.example.org/")
    service, controller = c.JupyterHub.services
    assert service == {
        "name": "maia",
        "url": URL,
        "api_token": WORDS["service"],
        "oauth_client_id": "service-maia",
        "oauth_no_confirm": True,
        "timeout": 0,
    }
    assert controller["api_token"] == WORDS["controller"]
    assert c.MaiaSpawner.service_url == f"{URL}/services/maia"
    assert c.MaiaSpawner.public_service_url == "https://maia.example.org/services/maia"
    assert c.MaiaSpawner.spawner_token == WORDS["spawner"]


def test_the_door_to_the_tools_is_a_service_with_no_rights_of_its_own() -> None:
    c = Config()
    setup(c, service_url=URL, secrets=WORDS, tools_url="http://tools:8080/", public_tools_url="http://proxy/")
    door = c.JupyterHub.services[-1]
    assert door == {
        "name": "maia-tools",
        "url": "http://tools:8080",
        "api_token": WORDS["tools"],
        "oauth_client_id": "service-maia-tools",
        "oauth_no_confirm": True,
        "display": False,
        "timeout": 0,
    }
    assert not [role for role in c.JupyterHub.load_roles if "maia-tools" in role.get("services", [])]
    assert c.MaiaSpawner.tools_url == "http://proxy/services/maia-tools"


def test_without_a_door_servers_are_told_of_none() -> None:
    c = Config()
    setup(c, service_url=URL, secrets={name: WORDS[name] for name in SECRETS})
    assert c.MaiaSpawner.tools_url == ""


def test_servers_reach_the_door_where_the_hub_does_unless_it_is_said() -> None:
    c = Config()
    setup(c, service_url=URL, secrets=WORDS, tools_url="http://tools:8080")
    assert c.MaiaSpawner.tools_url == "http://tools:8080/services/maia-tools"


def test_all_pods_are_read_anew_less_often_unless_the_site_says_how_often() -> None:
    c = Config()
    c.ResourceReflector.restart_seconds = 30
    setup(c, service_url=URL, secrets=WORDS)
    assert dict(c.ResourceReflector) == {**REFLECTORS, "restart_seconds": 30}
    assert set(REFLECTORS) <= set(ResourceReflector.class_traits(config=True)), "KubeSpawner knows them"


def test_lists_that_were_only_added_to_are_kept() -> None:
    c = Config()
    c.JupyterHub.services.append({"name": "mine"})
    setup(c, service_url=URL, secrets=WORDS)
    assert [s["name"] for s in c.JupyterHub.services] == ["mine", "maia", "maia-controller"]


def test_a_name_of_ours_that_is_taken_is_refused_in_words() -> None:
    c = Config()
    c.JupyterHub.services = [{"name": "maia", "url": "http://else"}]
    with pytest.raises(InvalidInput, match="already") as refused:
        setup(c, service_url=URL, secrets=WORDS)
    assert refused.value.given == "maia"


def test_secrets_come_from_a_mounted_folder(tmp_path: Path) -> None:
    for name in SECRETS:
        (tmp_path / name).write_text(f"{WORDS[name]}\n")
    c = Config()
    setup(c, service_url=URL, secrets=tmp_path)
    assert c.MaiaSpawner.spawner_token == WORDS["spawner"]
    (tmp_path / "spawner").unlink()
    with pytest.raises(NotFound, match="secret"):
        setup(Config(), service_url=URL, secrets=tmp_path)


def installation(folder: Path, **more: object) -> Path:
    """Write what the chart mounts."""
    told = {
        "hub_url": "http://hub:8081",
        "proxy_api_url": "http://proxy-api:8001",
        "service_url": URL,
        "workspaces": {"namespace": "w", "image": "workspace:1", "gpu_runtime_class": "nvidia"},
        **more,
    }
    folder.mkdir(exist_ok=True)
    (folder / "hub.json").write_text(json.dumps(told))
    for part in ("secrets", "site"):
        (folder / part).mkdir()
    for name, value in WORDS.items():
        (folder / "secrets" / name).write_text(value)
    return folder


def test_the_charts_hub_knows_the_door_by_a_secret_that_it_needs_for_that_alone(tmp_path: Path) -> None:
    folder = installation(tmp_path / "with", tools_url="http://tools:8080", public_tools_url="http://proxy")
    c = Config()
    configure(c, folder)
    assert [s["name"] for s in c.JupyterHub.services] == ["maia", "maia-controller", "maia-tools"]
    assert c.MaiaSpawner.tools_url == "http://proxy/services/maia-tools"
    (folder / "secrets" / "tools").unlink()
    with pytest.raises(NotFound, match="secret"):
        configure(Config(), folder)
    without = installation(tmp_path / "without")
    (without / "secrets" / "tools").unlink()
    configure(Config(), without)


def test_the_sites_own_configuration_wins_over_the_charts_but_not_over_the_platforms(tmp_path: Path) -> None:
    site = {
        "JupyterHub": {"authenticator_class": "generic-oauth", "spawner_class": "simple"},
        "KubeSpawner": {"image": "other:2"},
        "GenericOAuthenticator": {"client_id": "maia", "client_secret": "?"},
    }
    folder = installation(tmp_path)
    (folder / "site" / "1-values.json").write_text(json.dumps(site))
    (folder / "site" / "2-secret.json").write_text('{"GenericOAuthenticator": {"client_secret": "s"}}')
    c = Config()
    configure(c, folder)
    assert c.JupyterHub.authenticator_class == "generic-oauth"
    assert c.GenericOAuthenticator == {"client_id": "maia", "client_secret": "s"}
    assert c.KubeSpawner.image == "other:2"
    assert c.JupyterHub.spawner_class == "maia-kubernetes"


def test_nobody_signs_in_and_no_session_ends_with_the_hub_unless_the_site_says_so(tmp_path: Path) -> None:
    c = Config()
    configure(c, installation(tmp_path))
    assert c.JupyterHub.authenticator_class == "null"
    assert c.JupyterHub.cleanup_servers is False
    assert c.KubeSpawner.extra_pod_config == {"runtimeClassName": "nvidia"}
    assert c.MaiaSpawner.gpu_runtime_classes == {"nvidia"}


def test_idle_servers_are_stopped_by_a_culler_beside_the_hub_if_the_chart_says_so(tmp_path: Path) -> None:
    c = Config()
    configure(c, installation(tmp_path / "off"))
    assert [s["name"] for s in c.JupyterHub.services] == ["maia", "maia-controller"]
    c = Config()
    workspaces = {"namespace": "w", "image": "i", "culling": {"idle_seconds": 60, "every_seconds": 9}}
    configure(c, installation(tmp_path / "on", workspaces=workspaces))
    culler = c.JupyterHub.services[-1]
    assert {"--timeout=60", "--cull-every=9", "--url=http://127.0.0.1:8081/hub/api"} <= set(culler["command"])
    role = c.JupyterHub.load_roles[-1]
    assert (role["name"], role["services"]) == (culler["name"], [culler["name"]])
    assert set(role["scopes"]) == {
        *("list:users", "read:users:activity", "read:servers", "admin:server_state", "delete:servers")
    }


@pytest.mark.parametrize(
    ("kind", "minutes", "idle"),
    [("cpu", 61, True), ("opportunistic", 61, True), ("booked", 999, False), ("cpu", 59, False)],
)
def test_a_server_on_a_booked_gpu_is_never_idle(kind: str, minutes: int, idle: bool) -> None:
    server = {"state": {"pod_name": "p", "maia_grant": {"kind": kind}}}
    assert is_idle(inactive=timedelta(minutes=minutes), inactive_limit=3600, server=server) is idle


def test_a_server_of_whose_grant_nothing_is_known_is_idle_like_any_other() -> None:
    models: list[dict[str, Any]] = [{}, {"state": None}, {"state": {}}]
    for server in models:
        assert is_idle(inactive=timedelta(hours=2), inactive_limit=3600, server=server)
        assert not is_idle(inactive=None, inactive_limit=3600, server=server)


def test_a_key_that_the_hub_does_not_know_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="surprise"):
        configure(Config(), installation(tmp_path, surprise=1))
