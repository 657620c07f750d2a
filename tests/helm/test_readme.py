"""The snippets of helm/README.md are right: the charts' values fit, and the hub's configuration does what is said."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import yaml
from traitlets.config import Config

from maia_hub.cluster.services import labelled
from maia_hub.deployed.tools import ToolSettings
from maia_hub.hub.setup import SECRETS
from maia_hub.tools.kinds import kinds
from tests.helm.network import End, allowed
from tests.helm.rendered import manifests, named, template
from tests.helm.test_network import ours
from tests.kube.helm import CHART

TEXT = (CHART.parent / "README.md").read_text()
SNIPPETS = [
    textwrap.dedent(each) for each in re.findall(r"^ *```yaml\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
]


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


def test_the_first_tool_of_a_project_is_found_and_signed_in_to_by_its_secret() -> None:
    values, (service, secret), policy = (list(yaml.safe_load_all(each)) for each in SNIPPETS[3:6])
    config = named(manifests(values[0]), "ConfigMap", "maia-hub-tools")["data"]["settings.json"]
    settings = ToolSettings.model_validate_json(config)
    found = labelled(service)
    assert found is not None
    assert (found.wrong, found.kind in kinds()) == ("", True)
    ground = settings.grounds()[found.namespace]
    assert found.address.endswith(f"{settings.prefix}/{ground.project}/{found.name}")
    assert found.secret in ground.secrets
    assert (secret["metadata"]["namespace"], secret["metadata"]["name"]) == (found.namespace, found.secret)

    tool, stranger = End("mlflow", found.namespace, {"app": "mlflow"}), End("stranger", "other")
    door = ours("tools")
    door = End(door.name, "maia", door.labels)
    assert allowed(policy, door, tool, 5000)
    assert not allowed(policy, stranger, tool, 5000)
