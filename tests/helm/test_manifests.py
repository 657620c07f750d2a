"""What values make of the chart, manifest by manifest."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from maia_hub.core.projects import Naming, Project, Projects
from maia_hub.deployed.settings import Settings
from tests.helm.product import merged
from tests.helm.rendered import Manifest, manifests, named, of_kind, pod_templates, template
from tests.kube.helm import CHART

SITES = CHART.parent / "values"
AWAY = {"hub": {"enabled": False, "externalUrl": "http://hub.jhub.svc:8081"}, "proxy": {"enabled": False}}
POSTGRESQL = {
    "database": {
        "url": "postgresql://maia@db.example.org/maia",
        "existingSecret": {"name": "db", "key": "word"},
    }
}


def settings(found: list[Manifest], name: str = "maia-hub-service") -> dict[str, Any]:
    read: dict[str, Any] = json.loads(named(found, "ConfigMap", name)["data"]["settings.json"])
    return read


def hub(found: list[Manifest]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(named(found, "ConfigMap", "maia-hub-hub")["data"]["hub.json"])
    return read


def test_without_a_url_the_bookings_are_on_a_volume_of_one_pod() -> None:
    found = manifests({})
    assert settings(found)["database"] == "sqlite:////srv/maia/data/maia.sqlite"
    assert {c["metadata"]["name"] for c in of_kind(found, "PersistentVolumeClaim")} == {
        "maia-hub-hub",
        "maia-hub-database",
    }
    service = named(found, "Deployment", "maia-hub-service")["spec"]
    assert (service["replicas"], service["strategy"]) == (1, {"type": "Recreate"})


def test_with_a_url_they_are_there_and_need_no_volume() -> None:
    found = manifests(POSTGRESQL)
    assert settings(found)["database"].startswith("postgresql")
    assert [c["metadata"]["name"] for c in of_kind(found, "PersistentVolumeClaim")] == ["maia-hub-hub"]
    assert not any(
        "persistentVolumeClaim" in v for v in pod_templates(found)["Job/maia-hub-migrate"]["volumes"]
    )


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ({}, None),
        (
            {"ingress": {"enabled": True, "hosts": ["a.example", "b.example"], "tlsSecret": "t"}},
            "https://a.example",
        ),
        ({"ingress": {"enabled": True, "hosts": ["a.example"]}}, "http://a.example"),
        (
            {"httpRoute": {"enabled": True, "parentRefs": [{"name": "gate"}], "hostnames": ["c.example"]}},
            "https://c.example",
        ),
        (
            {
                "service": {"address": "https://d.example:8443"},
                "ingress": {"enabled": True, "hosts": ["a.example"]},
            },
            "https://d.example:8443",
        ),
    ],
)
def test_the_service_knows_where_people_reach_the_hub(values: dict[str, Any], address: str | None) -> None:
    assert settings(manifests(values)).get("address") == address


def test_a_mail_server_is_reached_with_a_word_from_a_secret_and_an_authority_of_the_sites_own() -> None:
    smtp = {
        "host": "mail.example.org",
        "sender": "maia@example.org",
        "user": "maia",
        "existingSecret": {"name": "mail"},
        "ca": {"configMap": "house-ca"},
    }
    found = manifests({"notifications": {"smtp": smtp}})
    told = Settings.model_validate(settings(found)).mail
    assert told is not None
    assert (told.host, told.port, told.security, told.user) == ("mail.example.org", 587, "starttls", "maia")
    pod = pod_templates(found)["Deployment/maia-hub-service"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    sources = volumes["secrets"]["projected"]["sources"]
    assert {"secret": {"name": "mail", "items": [{"key": "password", "path": "smtp"}]}} in sources
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert str(told.password_file) == f"{mounts['secrets']}/smtp"
    assert str(told.ca_file) == f"{mounts['smtp-ca']}/ca.crt"
    assert volumes["smtp-ca"]["configMap"]["name"] == "house-ca"


def test_without_a_mail_server_nothing_is_sent() -> None:
    assert settings(manifests({})).keys().isdisjoint({"mail", "webhook_hosts"})


def test_the_hosts_of_webhooks_are_those_that_are_listed() -> None:
    hosts = ["hooks.slack.com", "*.logic.azure.com"]
    found = settings(manifests({"notifications": {"webhooks": {"hosts": hosts}}}))
    assert Settings.model_validate(found).webhook_hosts == hosts


@pytest.mark.parametrize(
    ("smtp", "told"),
    [
        ({"host": "mail", "sender": "a@b.example", "user": "x"}, "existingSecret.name"),
        ({"host": "mail"}, "sender"),
    ],
)
def test_half_a_mail_server_is_refused(smtp: dict[str, Any], told: str) -> None:
    done = template({"notifications": {"smtp": smtp}})
    assert done.returncode != 0
    assert told in done.stderr


def test_with_postgresql_two_answer_and_one_of_them_leads() -> None:
    found = manifests(POSTGRESQL)
    service = named(found, "Deployment", "maia-hub-service")["spec"]
    assert service["replicas"] == 2
    assert service["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    lease = named(found, "Lease", "maia-hub-controller")
    assert settings(found)["lease"] == f"{lease['metadata']['namespace']}/{lease['metadata']['name']}"
    alone = manifests({"service": {"replicas": 3}})
    assert named(alone, "Deployment", "maia-hub-service")["spec"]["replicas"] == 1
    assert of_kind(alone, "Lease") == []


def test_the_databases_password_is_a_file_of_those_that_use_it_alone() -> None:
    who = {
        name
        for name, spec in pod_templates(manifests(POSTGRESQL)).items()
        for volume in spec.get("volumes", [])
        for source in volume.get("projected", {}).get("sources", [])
        if source.get("secret") == {"name": "db", "items": [{"key": "word", "path": "database"}]}
    }
    assert who == {f"Deployment/maia-hub-{part}" for part in ("service", "admission")} | {
        "Job/maia-hub-migrate"
    }


@pytest.mark.parametrize("values", [{}, POSTGRESQL])
def test_the_migration_runs_before_anything_of_a_version_starts(values: dict[str, Any]) -> None:
    found = manifests(values)
    job = named(found, "Job", "maia-hub-migrate")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    assert Settings.model_validate(settings(found)) == Settings.model_validate(
        settings(found, "maia-hub-migrate")
    )
    started = [
        c for name, spec in pod_templates(found).items() if "migrate" not in name for c in spec["containers"]
    ]
    assert all("migrate" not in c.get("args", []) for c in started)


def test_what_people_would_miss_is_kept() -> None:
    kept = {
        (each["kind"], each["metadata"]["name"])
        for each in manifests({})
        if each["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
    }
    assert kept == {
        ("Namespace", "site-workspaces"),
        ("PersistentVolumeClaim", "maia-hub-hub"),
        ("PersistentVolumeClaim", "maia-hub-database"),
    }


def test_the_secrets_are_long_and_all_different() -> None:
    data = named(manifests({}), "Secret", "maia-hub-secrets")["data"]
    words = {name: base64.b64decode(value).decode() for name, value in data.items()}
    assert set(words) == {"service", "controller", "spawner", "proxy", "cookie", "crypt"}
    assert len(set(words.values())) == len(words)
    assert all(len(value) >= 32 for value in words.values())
    assert all(len(bytes.fromhex(words[name])) == 32 for name in ("cookie", "crypt"))


def test_an_existing_secret_is_used_by_all_and_none_is_made() -> None:
    found = manifests({"secrets": {"existingSecret": "mine"}})
    assert [each["metadata"]["name"] for each in of_kind(found, "Secret")] == ["maia-hub-admission-tls"]
    assert "maia-hub-secrets" not in json.dumps(found)


def test_the_way_in_is_an_ingress_or_a_gateways_route() -> None:
    found = manifests(
        {
            "ingress": {
                "enabled": True,
                "className": "nginx",
                "hosts": ["maia.example.org"],
                "tlsSecret": "tls",
            },
            "httpRoute": {
                "enabled": True,
                "parentRefs": [{"name": "gate"}],
                "hostnames": ["maia.example.org"],
            },
        }
    )
    ingress = named(found, "Ingress", "maia-hub-proxy")["spec"]
    assert ingress["tls"] == [{"hosts": ["maia.example.org"], "secretName": "tls"}]
    backend = ingress["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "maia-hub-proxy", "port": {"name": "http"}}
    route = named(found, "HTTPRoute", "maia-hub-proxy")["spec"]
    assert route["parentRefs"] == [{"name": "gate"}]
    assert route["rules"][0]["backendRefs"] == [{"name": "maia-hub-proxy", "port": 80}]


def test_prometheus_finds_the_services_numbers() -> None:
    found = manifests({"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}})
    monitor = named(found, "ServiceMonitor", "maia-hub-service")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    service = named(found, "Service", "maia-hub-service")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]


@pytest.mark.parametrize("component", ["hub", "proxy", "service", "admission"])
def test_a_drain_takes_a_pod_that_is_alone(component: str) -> None:
    found = manifests({})
    budget = named(found, "PodDisruptionBudget", f"maia-hub-{component}")["spec"]
    assert budget["maxUnavailable"] == 1
    labels = named(found, "Deployment", f"maia-hub-{component}")["spec"]["template"]["metadata"]["labels"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()


def test_a_changed_value_starts_anew_who_reads_it_and_nobody_else() -> None:
    def checksums(values: dict[str, Any]) -> dict[str, Any]:
        return {
            each["metadata"]["name"]: each["spec"]["template"]["metadata"]["annotations"]
            for each in of_kind(manifests(values), "Deployment")
        }

    before, after = checksums({}), checksums({"service": {"policy": "classic"}})
    assert {name for name in before if before[name] != after[name]} == {
        "maia-hub-service",
        "maia-hub-admission",
    }
    after = checksums({"hub": {"config": {"JupyterHub": {"active_server_limit": 5}}}})
    assert {name for name in before if before[name] != after[name]} == {"maia-hub-hub"}


def test_with_an_existing_hub_service_and_review_alone_run_and_ask_that_one() -> None:
    found = manifests(AWAY)
    parts = {f"Deployment/maia-hub-{part}" for part in ("service", "admission")}
    assert set(pod_templates(found)) == parts | {"Job/maia-hub-migrate"}
    assert settings(found)["hub_api_url"] == "http://hub.jhub.svc:8081/hub/api"


@pytest.mark.parametrize("part", ["hub", "proxy", "service"])
def test_a_part_that_is_off_leaves_nothing(part: str) -> None:
    there = {"hub": {"externalUrl": "http://hub.jhub.svc:8081"}}
    found = manifests(merged(there, {part: {"enabled": False}}))
    assert not [name for name in pod_templates(found) if name.endswith(f"-{part}")]


@pytest.mark.parametrize("file", sorted(SITES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_values_for_a_distribution_fit_the_chart(file: Path) -> None:
    found = manifests({"ingress": {"enabled": True, "hosts": ["maia.example.org"]}}, file)
    assert hub(found)["workspaces"]["gpu_runtime_class"] == "nvidia"
    around = named(found, "ValidatingAdmissionPolicy", "maia-hub-no-way-around")
    assert '"nvidia"' in json.dumps(around).replace("\\", "")


def test_what_differs_between_the_distributions() -> None:
    def of(name: str) -> tuple[object, object, object, bool]:
        found = manifests(
            {"ingress": {"enabled": True, "hosts": ["maia.example.org"]}}, SITES / f"{name}.yaml"
        )
        ports = json.dumps(named(found, "NetworkPolicy", "maia-hub-service")["spec"]["egress"])
        return (
            named(found, "Ingress", "maia-hub-proxy")["spec"].get("ingressClassName"),
            named(found, "PersistentVolumeClaim", "maia-hub-database")["spec"].get("storageClassName"),
            named(found, "Service", "maia-hub-proxy")["spec"]["type"],
            "16443" in ports,
        )

    assert of("microk8s") == ("public", "microk8s-hostpath", "ClusterIP", True)
    assert of("k3s") == ("traefik", "local-path", "ClusterIP", False)
    assert of("k0s") == (None, None, "NodePort", False)
    assert of("rke2") == ("traefik", None, "ClusterIP", False)


def test_idle_servers_are_stopped_after_an_hour_unless_the_site_wants_them_left_alone() -> None:
    assert hub(manifests({}))["workspaces"]["culling"] == {"idle_seconds": 3600, "every_seconds": 600}
    off = manifests({"workspaces": {"culling": {"enabled": False}}})
    assert hub(off)["workspaces"]["culling"] is None


def test_projects_and_their_quotas_reach_the_service() -> None:
    quota = {"title": "See", "gpus": 4, "hoursPerWeek": 40, "hoursPerMonth": 99.5, "products": ["A100"]}
    given = {"quotas": {"vision": quota}, "groups": {"lead": "/{project}/lead"}, "default": False}
    found = Settings.model_validate(settings(manifests({"projects": {**given, "timeZone": "Asia/Tokyo"}})))
    site = found.site()
    assert site.known == {
        "vision": Project(title="See", gpus=4, hours_per_week=40, hours_per_month=99.5, products=("A100",))
    }
    assert (site.naming, site.default) == (Naming(lead="/{project}/lead"), False)
    assert str(site.zone) == "Asia/Tokyo"


def test_without_a_word_on_projects_the_chart_says_what_the_service_would_do() -> None:
    assert Settings.model_validate(settings(manifests({}))).site() == Projects()


def test_data_of_people_is_kept_for_ever_unless_a_site_says_how_long() -> None:
    assert Settings.model_validate(settings(manifests({}))).keep is None
    told = settings(manifests({"service": {"retentionDays": 400}}))
    assert Settings.model_validate(told).keep == timedelta(days=400)
    refused = template({"service": {"retentionDays": 5}})
    assert refused.returncode != 0
    assert "retentionDays" in refused.stderr


def test_the_board_is_there_if_it_is_asked_for() -> None:
    assert "maia-hub-board" not in {each["metadata"]["name"] for each in of_kind(manifests({}), "ConfigMap")}
    values = {"grafanaDashboard": {"enabled": True, "annotations": {"grafana_folder": "MAIA"}}}
    board = named(manifests(values), "ConfigMap", "maia-hub-board")
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert board["metadata"]["annotations"] == {"grafana_folder": "MAIA"}
    assert json.loads(board["data"]["maia-hub.json"])["title"] == "MAIA Hub"
