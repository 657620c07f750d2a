"""Backups in the cluster: off until there is a volume for them, then by a pod that reaches the database alone."""

from __future__ import annotations

import pytest

from tests.helm.rendered import manifests, named, of_kind, pod_templates, template

CLAIM = {"backup": {"existingClaim": "nas"}}
POSTGRESQL = {
    "database": {
        "url": "postgresql://maia@db.example.org/maia",
        "existingSecret": {"name": "db", "key": "word"},
    }
}


def test_without_a_volume_for_them_there_are_none() -> None:
    assert of_kind(manifests(POSTGRESQL), "CronJob") == []


@pytest.mark.parametrize("database", [{}, POSTGRESQL], ids=["sqlite", "postgresql"])
def test_one_at_a_time_is_written_and_failures_stay_to_be_seen(database: dict[str, object]) -> None:
    found = manifests({**CLAIM, **database})
    spec = named(found, "CronJob", "maia-hub-backup")["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == (
        "17 2 * * *",
        "Etc/UTC",
        "Forbid",
    )
    assert (spec["failedJobsHistoryLimit"], spec["jobTemplate"]["spec"]["backoffLimit"]) == (3, 2)
    pod = pod_templates(found)["CronJob/maia-hub-backup"]
    (container,) = pod["containers"]
    assert container["args"] == ["backup", "/backups", "--keep", "14"]
    volumes = {each["name"]: each for each in pod["volumes"]}
    assert volumes["backups"]["persistentVolumeClaim"] == {"claimName": "nas"}
    assert ("data" in volumes, "secrets" in volumes) == (not database, bool(database))
    configs = {each["metadata"]["name"] for each in of_kind(found, "ConfigMap")}
    assert volumes["config"]["configMap"]["name"] in configs


def test_it_has_no_rights_in_the_cluster_and_is_as_restricted_as_every_pod() -> None:
    found = pod_templates(manifests(CLAIM))
    backup, migrate = found["CronJob/maia-hub-backup"], found["Job/maia-hub-migrate"]
    assert backup["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in backup
    assert backup["securityContext"] == migrate["securityContext"]
    (one,), (other,) = backup["containers"], migrate["containers"]
    assert one["securityContext"] == other["securityContext"]
    assert "memory" in one["resources"]["limits"]


def test_it_reaches_the_database_alone_and_nobody_reaches_it() -> None:
    found = manifests({**CLAIM, **POSTGRESQL})
    backup, migrate = (
        named(found, "NetworkPolicy", f"maia-hub-{name}")["spec"] for name in ("backup", "migrate")
    )
    assert backup["ingress"] == []
    assert backup["egress"] == migrate["egress"]
    assert named(manifests(CLAIM), "NetworkPolicy", "maia-hub-backup")["spec"]["egress"] == []


@pytest.mark.parametrize("wrong", [{"keep": 0}, {"schedule": "often"}, {"existingClaim": "N A S"}])
def test_what_cannot_be_is_refused_before_anything_is_installed(wrong: dict[str, object]) -> None:
    assert template({"backup": {**CLAIM["backup"], **wrong}}).returncode
