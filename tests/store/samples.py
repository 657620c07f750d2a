"""One site's data, a row or two of every table, that a migration is tried on.

Whoever adds a table or a column adds it here: with a value that is neither empty nor its default in at least one row.
Whoever adds a migration whose way back has to change what older versions know (a state that they lack, say) names the
tables in `CHANGED`, with the reason.
"""

from __future__ import annotations

from uuid import UUID

from tests.store.raw import at

Row = dict[str, object]

CHANGED: dict[str, dict[str, str]] = {
    "0022": {"outages": "what is kept free for a wish is not kept where nobody knows for whom"}
}
"""Of a revision the tables whose rows its way back may change or take away, each with the reason."""

_BOOKED, _OVER, _HELD = (UUID(int=n).hex for n in (1, 2, 3))
_GRANT, _FEED, _SERIES = (UUID(int=n).hex for n in (4, 5, 7))
_CLASS, _GROUP = (UUID(int=n).hex for n in (9, 10))
_MINE = {"cluster": "uni", "project": "vision", "user": "ada"}

SAMPLES: dict[str, list[Row]] = {
    "pools": [
        {"id": "p", "cluster": "uni", "product": "A100", "resource": "nvidia.com/gpu", "simulated": True}
    ],
    "nodes": [{"id": "a", "cluster": "uni", "pool": "p", "capacity": 2}],
    "gpus": [
        {
            "id": f"a{n}",
            "cluster": "uni",
            "node": "a",
            "position": n,
            "product": "A100",
            "memory": 2**30,
            "simulated": True,
            "mig_profile": "1g.10gb",
            "present": True,
        }
        for n in (0, 1)
    ],
    "outages": [
        {
            "id": 7,
            "cluster": "uni",
            "node": "a",
            "starts_at": at(50),
            "ends_at": at(51),
            "gpus": 2,
            "reason": "cooling",
        },
        {
            "id": 8,
            "cluster": "uni",
            "node": "a",
            "starts_at": at(60),
            "ends_at": at(61),
            "gpus": 1,
            "reason": "kept free for who has waited longest",
        },
        {
            "id": 9,
            "cluster": "uni",
            "node": "a",
            "starts_at": at(70),
            "ends_at": at(71),
            "gpus": 1,
            "reason": "its fan has stopped",
            "gpu": "a1",
        },
    ],
    "series": [
        {
            **_MINE,
            "id": _SERIES,
            "rule": "FREQ=WEEKLY;COUNT=2",
            "zone": "Europe/Stockholm",
            "skip": '["2026-12-24"]',
            "created": at(-5),
        }
    ],
    "templates": [
        {
            **_MINE,
            "id": UUID(int=8).hex,
            "name": "evening",
            "pool": "p",
            "gpus": 1,
            "seconds": 3600,
            "at": "18:00:00",
            "zone": "Europe/Stockholm",
            "note": "thesis",
            "created": at(-5),
        }
    ],
    "classes": [
        {
            "id": _CLASS,
            "cluster": "uni",
            "project": "vision",
            "name": "Deep learning",
            "teacher": "ada",
            "pool": "p",
            "gpus": 1,
            "rule": "FREQ=WEEKLY;COUNT=2",
            "zone": "Europe/Stockholm",
            "skip": '["2026-12-24"]',
            "created": at(-5),
            "ended": at(-4),
        }
    ],
    "class_staff": [{"class": _CLASS, "user": "tom"}],
    "class_groups": [
        {"id": _GROUP, "class": _CLASS, "name": "A"},
        {"id": UUID(int=11).hex, "class": _CLASS, "name": "B", "removed": at(-4)},
    ],
    "class_members": [{"class": _CLASS, "user": "eve", "class_group": _GROUP}],
    "bookings": [
        {
            **_MINE,
            "id": _BOOKED,
            "series": _SERIES,
            "class_group": _GROUP,
            "pool": "p",
            "node": "a",
            "gpus": 1,
            "starts_at": at(0),
            "ends_at": at(4),
            "state": "active",
            "first_used": at(0.1),
            "created": at(-5),
            "note": "thesis, é",
        },
        {
            **_MINE,
            "id": _OVER,
            "pool": "p",
            "node": "a",
            "gpus": 2,
            "starts_at": at(-9),
            "ends_at": at(-4),
            "state": "ended",
            "cause": "cancelled",
            "ended_at": at(-6),
            "created": at(-10),
            "note": "",
        },
    ],
    "leases": [
        {
            **_MINE,
            "id": _HELD,
            "kind": "booked",
            "server": "vision",
            "pool": "p",
            "node": "a",
            "booking": _BOOKED,
            "since": at(0.1),
            "until": at(4),
            "fixed": True,
        },
        {
            **_MINE,
            "id": UUID(int=6).hex,
            "kind": "opportunistic",
            "server": "",
            "pool": "p",
            "node": "a",
            "since": at(-3),
            "released": at(-2),
            "ended_by": "stopped",
        },
    ],
    "lease_gpus": [{"lease": _HELD, "gpu": "a0", "live": True}],
    "pods": [
        {"lease": _HELD, "cluster": "uni", "namespace": "maia", "name": "jupyter-ada", "admitted": at(0.1)}
    ],
    "servers": [
        {
            **_MINE,
            "server": "vision",
            "grant_id": _GRANT,
            "kind": "booked",
            "state": "running",
            "reason": "booked until 16:00",
            "since": at(0.1),
            "last_choice": "gpu",
            "resume": "cpu",
            "switch_to": "gpu",
            "stopping": "expired",
        }
    ],
    "notices": [
        {
            "id": 3,
            "cluster": "uni",
            "user": "ada",
            "server": "vision",
            "at": at(1),
            "kind": "warning",
            "title": "10 minutes left",
            "message": "Save your work.",
            "booking": _BOOKED,
            "dismissed": True,
        }
    ],
    "events": [
        {
            **_MINE,
            "id": 12,
            "at": at(-5),
            "actor": "boss",
            "action": "booking.confirmed",
            "subject": _BOOKED,
            "reason": "for the course",
            "before": '{"gpus": 2}',
            "after": '{"gpus": 1}',
        }
    ],
    "web_sessions": [
        {
            "digest": "d" * 64,
            "cluster": "uni",
            "user": "ada",
            "admin": True,
            "groups": '["MAIA:vision"]',
            "hub_token": "t",
            "created": at(0),
            "seen": at(1),
            "expires": at(9),
        }
    ],
    "troubles": [{"node": "a", "cluster": "uni", "reason": "Xid 79", "since": at(1), "outage": 7}],
    "endangered": [
        {
            "booking": _BOOKED,
            "cluster": "uni",
            "reason": "Xid 79",
            "since": at(1),
            "told": at(1.1),
            "notice": 3,
        }
    ],
    "reminders": [
        {
            "booking": _BOOKED,
            "kind": "unused",
            "cluster": "uni",
            "at": at(1),
            "notice": 3,
            "kept": at(1.1),
        }
    ],
    "entries": [
        {
            **_MINE,
            "server": "vision",
            "visitor": "tom",
            "class": _CLASS,
            "since": at(0),
            "given": at(0.1),
        }
    ],
    "visits": [
        {
            "user": "ada",
            "server": "vision",
            "visitor": "tom",
            "cluster": "uni",
            "since": at(0.2),
            "last": at(0.5),
        }
    ],
    "waiters": [
        {
            **_MINE,
            "id": 5,
            "server": "vision",
            "pool": "p",
            "since": at(0),
            "gpu": "a1",
            "offered_until": at(1),
            "accepted": at(0.5),
            "notice": 3,
        }
    ],
    "wishes": [
        {
            **_MINE,
            "id": UUID(int=number).hex,
            "roles": '["staff"]',
            "pool": "p",
            "gpus": 1,
            "seconds": 3600.0,
            "starts_from": at(0),
            "first_end": at(1),
            "latest_start": at(3),
            "ends_by": at(4),
            "since": at(-2),
            "note": "whenever",
            "used": 12,
            "ranked": at(-1),
            **stands,
        }
        for number, stands in (
            (6, {"state": "offered", "reason": "", "booking": _BOOKED, "offered_until": at(1), "notice": 3}),
            (7, {"state": "waiting", "reason": "Too many GPUs.", "look_at": at(1)}),
            (8, {"state": "passed", "reason": "", "ended": at(1)}),
        )
    ],
    "event_marks": [{"block": 0, "cluster": "uni", "bits": b"\x01\x80"}],
    "keeps": [{"outage": 8, "cluster": "uni", "wish": UUID(int=7).hex, "begins": at(60)}],
    "answers": [
        {
            "user": "ada",
            "key": "k",
            "cluster": "uni",
            "request": "r" * 64,
            "at": at(0),
            "status": 201,
            "headers": '{"ETag": "x"}',
            "content": "{}",
        }
    ],
    "feeds": [
        {
            "id": _FEED,
            "cluster": "uni",
            "user": "ada",
            "kind": "project",
            "of": "vision",
            "digest": "f" * 64,
            "created": at(0),
            "renewed": at(1),
        }
    ],
    "tool_shares": [
        {
            "id": UUID(int=12).hex,
            "cluster": "uni",
            "project": "vision",
            "owner": "ada",
            "server": "vision",
            "tool": "spleen",
            "guest": "eve",
            "until": at(90),
            "created": at(0),
            "revoked": at(2),
        }
    ],
    "tool_words": [
        {
            "owner": "ada",
            "server": "vision",
            "tool": "spleen",
            "cluster": "uni",
            "word": "w" * 43,
            "since": at(1),
        }
    ],
    "contacts": [
        {
            "user": "ada",
            "cluster": "uni",
            "address": "ada@uni.se",
            "confirmed": at(0),
            "pending": "ada@home.se",
            "code": "123456",
            "code_until": at(1),
            "tries": 2,
            "topics": '["ends"]',
            "lead": 30,
            "zone": "Europe/Stockholm",
            "problem": "refused",
            "problem_since": at(1),
            "hook": "https://hooks.example/secret",
            "hook_problem": "gone",
        }
    ],
    "letters": [
        {
            "id": 9,
            "cluster": "uni",
            "user": "ada",
            "key": "notice-3",
            "recipient": "ada@uni.se",
            "subject": "10 minutes left",
            "body": "Save your work.",
            "made": at(0),
            "due": at(0),
            "until": at(1),
            "tries": 1,
            "done": at(0.5),
            "outcome": "sent",
        }
    ],
    "cursors": [{"name": "outward", "cluster": "uni", "last": 12}],
    "amendments": [
        {
            "id": 2,
            "cluster": "uni",
            "kind": "quotas",
            "project": "vision",
            "terms": '{"gpus": 4}',
            "at": at(0),
            "by": "boss",
            "reason": "the course is over",
        }
    ],
    "retentions": [{"id": 1, "cluster": "uni", "at": at(0), "cutoff": at(-999), "closed": at(0)}],
}
