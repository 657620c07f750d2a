"""How long a review takes: ``python -m tests.bench.admission``.

``value``: the 99th percentile, in milliseconds, over TLS at 8 connections and 200 reviews a second, sent at fixed
moments, with 100,000 bookings in a PostgreSQL that writes to the disk. Half of the pods are the hub's with a grant,
half users' own with a booking; each is reviewed twice, and the second review writes: which pod has the grant, or a
lease.
``saturation``: reviews a second when each connection sends the next as soon as the last is answered.
``ratio``: to what was measured of MAIA's published Go webhook at 8 connections, which asks others over HTTP (here they
answered for free) and reserves nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import statistics
import tempfile
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from maia_hub.core import marks
from tests.admission.gate import GPU, HUB, account, pod, review
from tests.admission.webhook import Webhook
from tests.bench.admission_load import Call, Caller
from tests.bench.report import report
from tests.postgres.server import running

BOOKINGS, NODES, EACH = 100_000, 1_250, 8
RUNNING = NODES * EACH
RATE, CONNECTIONS, SECONDS, AT_ONCE = 200, 8, 30, 4_000
BETWEEN = 50  # pods between the two reviews of one, so that neither waits for the other
PEER_MS = 3.94
PEER = f"MAIA's published Go webhook, {PEER_MS} ms (p99 at 8 connections over TLS, its back ends answering for free)"

# Every GPU has a booking that runs now, as many before and after it as make up the number; the hub has given every
# second one away.
FILL = f"""
INSERT INTO pools (id, product, resource, simulated) VALUES ('p', 'A6000', '{GPU}', false);
INSERT INTO nodes (id, pool, capacity) SELECT 'node-' || n, 'p', {EACH} FROM generate_series(0, {NODES - 1}) n;
INSERT INTO gpus (id, node, position, product, memory, simulated, present)
  SELECT 'node-' || g / {EACH} || '/{GPU}/' || g % {EACH}, 'node-' || g / {EACH}, g % {EACH}, 'A6000', 0, false, true
  FROM generate_series(0, {RUNNING - 1}) g;
INSERT INTO bookings (id, "user", pool, node, gpus, starts_at, ends_at, state, cause, ended_at, created, note)
  SELECT gen_random_uuid(), 'user' || g, 'p', 'node-' || g / {EACH}, 1, day, day + interval '1 day',
    CASE WHEN k < 0 THEN 'ended' ELSE 'confirmed' END, CASE WHEN k < 0 THEN 'completed' END,
    CASE WHEN k < 0 THEN day + interval '1 day' END, now() - interval '30 days', ''
  FROM generate_series(0, {RUNNING - 1}) g, generate_series(-5, {BOOKINGS // RUNNING - 6}) k,
    LATERAL (SELECT now() - interval '1 hour' + k * interval '1 day' AS day) d;
INSERT INTO leases (id, kind, "user", server, pool, node, booking, since, until)
  SELECT gen_random_uuid(), 'booked', b."user", '', 'p', b.node, b.id, now(), b.ends_at FROM bookings b
  WHERE b.state = 'confirmed' AND b.starts_at <= now() AND substr(b."user", 5)::int % 2 = 0;
INSERT INTO lease_gpus (lease, gpu, live)
  SELECT l.id, l.node || '/{GPU}/' || substr(l."user", 5)::int % {EACH}, true FROM leases l;
ANALYZE;
"""


def calls(grants: dict[int, UUID]) -> Iterator[Call]:
    """Yield the first review of a pod and the second of one some time before: the hub's and users' own by turns."""
    waiting: deque[Call] = deque()
    for number in range(RUNNING):
        first, second = reviews(number, grants)
        yield first
        waiting.append(second)
        if len(waiting) > BETWEEN:
            yield waiting.popleft()


def reviews(number: int, grants: dict[int, UUID]) -> Iterator[Call]:
    """Yield both reviews of a pod."""
    user, node = f"user{number}", f"node-{number // EACH}"
    plain, made = (full(f"pod-{number}", node) for _ in range(2))
    who = HUB if number % 2 == 0 else account(user)
    grant = grants[number] if who == HUB else uuid4()
    made["metadata"]["labels"] = {marks.GRANT: str(grant), marks.KIND: "booked"}
    if who == HUB:
        made["metadata"]["annotations"] = {marks.USERNAME: user}
        plain = made
    for path, body in (("/mutate", plain), ("/validate", made)):
        yield Call(path, json.dumps(review(body, who)).encode(), b'"allowed":true')


def full(name: str, node: str) -> dict[str, Any]:
    """Return a pod of the size that hubs make, as it is after the first review."""
    made = pod(name, priorityClassName=marks.PRIORITY_BOOKED, activeDeadlineSeconds=3600)
    made["spec"]["terminationGracePeriodSeconds"] = 5
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    made["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    made["spec"]["containers"][0]["env"] = [{"name": f"VARIABLE_{n}", "value": "x" * 40} for n in range(40)]
    made["spec"]["containers"][0]["env"] += [{"name": "MAIA_GRANT", "value": "of the hub's pods"}]
    made["spec"]["tolerations"] = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    made["metadata"]["managedFields"] = [{"manager": "hub", "fieldsV1": {f"f:{n}": {} for n in range(60)}}]
    return made


def fill(admin: psycopg.Connection[Any]) -> dict[int, UUID]:
    """Write bookings and grants past the guards, which would look at each; return the grants by their user."""
    admin.execute("SET session_replication_role = replica")
    admin.execute(FILL)
    count = admin.execute("SELECT count(*) FROM bookings").fetchone()
    assert count == (BOOKINGS,), count
    return {int(user[4:]): grant for user, grant in admin.execute('SELECT "user", id FROM leases')}


async def measure(webhook: Webhook, grants: dict[int, UUID], seconds: int) -> tuple[list[float], float]:
    """Return the milliseconds of every review at the fixed rate, and the rate of saturation."""
    context = ssl.create_default_context()
    webhook.authority.configure_trust(context)
    caller = Caller(webhook.url, context, CONNECTIONS)
    source = calls(grants)
    for part in (400, 400):  # both sides warm up
        await caller.at_rate(list(islice(source, part)), RATE)
    took = await caller.at_rate(list(islice(source, RATE * seconds)), RATE)
    saturation = await caller.at_once(list(islice(source, AT_ONCE)))
    assert not caller.wrong, caller.wrong[0]
    return [each * 1000 for each in took], saturation


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds", type=int, default=SECONDS, help=f"how long at the fixed rate [{SECONDS}]"
    )
    seconds = parser.parse_args().seconds
    with running(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        url = server.database()
        with server.admin(str(url.database)) as admin:
            grants = fill(admin)
        where = url.render_as_string(hide_password=False)
        webhook = Webhook(Path(folder), where, rules={"platform": [HUB]})
        webhook.certify()
        webhook.start()
        try:
            took, saturation = asyncio.run(measure(webhook, grants, seconds))
        finally:
            webhook.stop()
    cuts = statistics.quantiles(took, n=1000, method="inclusive")
    report(
        "admission",
        value=cuts[989],
        unit="ms",
        against=PEER,
        ratio=cuts[989] / PEER_MS,
        n=len(took),
        saturation=saturation,
        p50_ms=cuts[499],
        p999_ms=cuts[998],
        rate=RATE,
        connections=CONNECTIONS,
        bookings=BOOKINGS,
    )


if __name__ == "__main__":
    main()
