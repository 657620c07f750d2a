"""The snippets of helm/README.md are right: the charts' values fit, and the hub's configuration does what is said."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from traitlets.config import Config

from maia_hub.hub.setup import SECRETS
from tests.helm.rendered import manifests, named, template
from tests.kube.helm import CHART

SNIPPETS = re.findall(r"```yaml\n(.*?)```", (CHART.parent / "README.md").read_text(), re.DOTALL)


def test_the_first_values_of_a_site_fit_the_chart() -> None:
    assert template(yaml.safe_load(SNIPPETS[0])).returncode == 0


def test_the_service_beside_an_existing_hub_is_where_its_configuration_looks(tmp_path: Path) -> None:
    ours, theirs = (yaml.safe_load(each) for each in SNIPPETS[1:3])
    found = manifests(ours)
    mounted = theirs["hub"]["extraVolumes"][0]["secret"]["secretName"]
    assert set(SECRETS) <= set(named(found, "Secret", mounted)["data"])

    labels = named(found, "Deployment", "maia-hub-service")["spec"]["template"]["metadata"]["labels"]
    assert ours["service"]["podLabels"].items() <= labels.items()
    peer = theirs["singleuser"]["networkPolicy"]["egress"][0]["to"][0]["podSelector"]["matchLabels"]
    assert peer.items() <= labels.items()

    for name in SECRETS:
        (tmp_path / name).write_text(name.ljust(32, "x"))
    code = theirs["hub"]["extraConfig"]["maia"].replace("/etc/maia/secrets", str(tmp_path))
    c = Config()
    exec(code, {"c": c})
    assert c.JupyterHub.spawner_class == "maia-kubernetes"
    assert theirs["cull"] == {"enabled": False}
    assert c.JupyterHub.services[-1]["command"][1:3] == ["-m", "jupyterhub_idle_culler"]
    service = c.JupyterHub.services[0]["url"]
    assert (
        service == f"http://{named(found, 'Service', 'maia-hub-service')['metadata']['name']}.jhub.svc:8080"
    )
