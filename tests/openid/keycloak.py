"""A real Keycloak on loopback for tests: brought by Maven once, built once, and started anew each time."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from tests.kube.place import cache
from tests.packages import install
from tests.platform import eventually
from tests.ports import free_port

VERSION = "26.4.0"
ZIP_SHA256 = "1b6a11a2726ac8a8dc9c91d5fafe989a75ce4f1622d7f7b45c21d5bc16629c0a"
PROGRAMS = {"java": "openjdk-17-jre-headless", "mvn": "maven"}
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
REALM = Path(__file__).with_name("realm.json")
JAVA = {
    "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
    "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1",
}
"""It lives for seconds: compiling thoroughly would not pay."""
ADMIN = {"username": "admin", "password": "the password of the tests' administrator"}


def installed() -> Path:
    """Return the folder of a Keycloak that is built for starting; what is missing is installed first."""
    home = cache() / f"keycloak-{VERSION}"
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "keycloak.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install({package for program, package in PROGRAMS.items() if not shutil.which(program)})
        if not home.exists():
            _build(home)
    return home


def _build(home: Path) -> None:
    """Bring Keycloak and let it do once what it would do at every start: choose its database and its parts."""
    part = home.with_name(f"{home.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    sys.stderr.write(f"· Bringing Keycloak {VERSION} by Maven and building it (once)\n")
    artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
    places = [f"-Dmaven.repo.local={part / 'maven'}", f"-DoutputDirectory={part}"]
    subprocess.run(["mvn", "-B", "-q", COPY, f"-Dartifact={artifact}", *places], check=True)
    (archive,) = part.glob("*.zip")
    assert sha256(archive.read_bytes()).hexdigest() == ZIP_SHA256, f"{archive.name} is another one than known"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(part)
    unpacked = part / f"keycloak-{VERSION}"
    script = unpacked / "bin" / "kc.sh"
    script.chmod(0o755)
    options = ["--db=dev-mem", "--health-enabled=false", "--metrics-enabled=false"]
    subprocess.run([script, "build", *options], check=True, stdout=subprocess.DEVNULL)
    unpacked.rename(home)
    shutil.rmtree(part)


@dataclass
class Keycloak:
    """A Keycloak that runs, with the realm of the tests."""

    url: str
    log: Path
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    @property
    def openid(self) -> str:
        """Where the endpoints of OpenID Connect are."""
        return f"{self.url}/realms/maia/protocol/openid-connect"

    def answers(self) -> bool:
        """Tell whether the realm is there."""
        try:
            return self.http.get(f"{self.url}/realms/maia/.well-known/openid-configuration").is_success
        except httpx.TransportError:
            return False

    def take_out(self, user: str, group: str) -> None:
        """Take somebody out of a group, as an administrator of Keycloak does."""
        (account,) = self._ask("GET", "/users", params={"username": user, "exact": "true"}).json()
        held = self._ask("GET", f"/users/{account['id']}/groups").json()
        (found,) = [each["id"] for each in held if each["name"] == group]
        self._ask("DELETE", f"/users/{account['id']}/groups/{found}")

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self.http.request(method, f"{self.url}/admin/realms/maia{path}", headers=headers, **more)
        return answer.raise_for_status()

    @cached_property
    def _token(self) -> str:
        form = {"grant_type": "password", "client_id": "admin-cli", **ADMIN}
        answer = self.http.post(f"{self.url}/realms/master/protocol/openid-connect/token", data=form)
        token: str = answer.raise_for_status().json()["access_token"]
        return token


@contextmanager
def keycloak(folder: Path, callback: str) -> Iterator[Keycloak]:
    """Run a Keycloak in ``folder`` that sends browsers back to ``callback``; it forgets all at its end."""
    home = folder / "keycloak"
    shutil.copytree(installed(), home, copy_function=os.link)
    realms = home / "data" / "import"
    realms.mkdir(parents=True)
    (realms / "maia-realm.json").write_text(REALM.read_text().replace("CALLBACK", callback))
    port, log = free_port(), folder / "keycloak.log"
    options = [
        "--http-enabled=true",
        "--http-host=127.0.0.1",
        f"--http-port={port}",
        "--hostname-strict=false",
    ]
    account = {f"KC_BOOTSTRAP_ADMIN_{key.upper()}": value for key, value in ADMIN.items()}
    with log.open("wb") as written:
        process = subprocess.Popen(
            [home / "bin" / "kc.sh", "start", "--optimized", "--import-realm", *options],
            env={**os.environ, **account, **JAVA},
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    started = Keycloak(f"http://127.0.0.1:{port}", log)

    def up() -> bool:
        assert process.poll() is None, log.read_text()[-3000:]
        return started.answers()

    try:
        eventually(up, "Keycloak answers", within=240, every=0.5)
        yield started
    finally:
        started.http.close()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
