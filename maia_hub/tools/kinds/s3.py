"""A store of objects that speaks S3. Its signatures allow no path before a bucket's name: people reach it directly.

Here it is versitygw on a folder, an account for each person: all of a project's people see all of its buckets.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from itertools import islice

import httpx

from maia_hub.core.ids import UserName
from maia_hub.tools.credentials import Credentials
from maia_hub.tools.launch import GoProgram, Launch, Local, Place
from maia_hub.tools.model import Fact, Health, Kind, Page, Tool

VERSION = "1.8.0"
_COUNTED = 100_000
"""Objects of a bucket that are counted at most."""
_HEALTH = "/.maia/health"  # no bucket can be called so
_REFUSALS = (400, 403, 404)
"""What stores elsewhere say of that bucket to who is not signed in: they are there, and no more is asked."""


def _launch(place: Place) -> Launch:
    objects, accounts = place.data / "objects", place.run / "accounts"
    objects.mkdir(exist_ok=True)
    listens = f"127.0.0.1:{place.ports['http']}"
    # People are admins of buckets: accounts are asked for at an address of its own, which only this account reaches.
    options = ["--quiet", "--health", _HEALTH, "--iam-dir", str(accounts), "--iam-cache-disable"]
    command = [str(place.installed / "versitygw"), "--port", listens, "--admin-port", "./run/admin", *options]
    return Launch(
        command=[*command, "posix", "--dir-perms", "0700", "--file-perms", "0600", str(objects)],
        environment={"ROOT_ACCESS_KEY_ID": place.user, "ROOT_SECRET_ACCESS_KEY": place.secret},
    )


def _admit(people: Mapping[UserName, Credentials]) -> Mapping[str, str]:
    accounts = {
        own.user: {"access": own.user, "secret": own.secret, "role": "admin"} for own in people.values()
    }
    return {"accounts/users.json": json.dumps({"accessAccounts": accounts})}


async def _buckets(tool: Tool, _: httpx.AsyncClient) -> Fact | None:
    return await asyncio.to_thread(_counted, tool)


def _counted(tool: Tool) -> Fact:
    from minio import Minio  # noqa: PLC0415 - half a second that only a store's card costs

    url = httpx.URL(tool.address)
    client = Minio(
        url.netloc.decode(),
        tool.credentials.user,
        tool.credentials.secret,
        secure=url.scheme == "https",
        region="us-east-1" if tool.local else None,
    )
    buckets = []
    for bucket in client.list_buckets():
        objects = list(islice(client.list_objects(bucket.name, recursive=True), _COUNTED))
        told = {
            "name": bucket.name,
            "bytes": sum(each.size or 0 for each in objects),
            "objects": len(objects),
        }
        buckets.append(told)
    return {"buckets": buckets}


KIND = Kind(
    name="s3",
    title="Object store",
    page=Page.NONE,
    health=Health(_HEALTH, accepts=(200, *_REFUSALS)),
    environment={
        "AWS_ACCESS_KEY_ID": "{user}",
        "AWS_SECRET_ACCESS_KEY": "{secret}",
        "AWS_ENDPOINT_URL_S3": "{address}",
        "S3_ENDPOINT_URL": "{address}",
        "AWS_DEFAULT_REGION": "us-east-1",
    },
    personal=True,
    fact=_buckets,
    snippet="""\
import os
from urllib.parse import urlsplit

from minio import Minio

store = urlsplit(os.environ["S3_ENDPOINT_URL"])
client = Minio(
    store.netloc,
    os.environ["AWS_ACCESS_KEY_ID"],
    os.environ["AWS_SECRET_ACCESS_KEY"],
    secure=store.scheme == "https",
    region=os.environ["AWS_DEFAULT_REGION"],
)
[bucket.name for bucket in client.list_buckets()]
""",
    local=Local(
        version=VERSION,
        package=GoProgram("versitygw", "github.com/versity/versitygw/cmd/versitygw", "versitygw"),
        launch=_launch,
        admit=_admit,
    ),
)
