"""Every kind of fault that the sandbox knows, each request struck with the same likelihood."""

import random
from typing import Any

# What may be struck, and how. Staff's edits are no faults of this kind: they change what is wanted of the registry.
KINDS: tuple[tuple[dict[str, str], dict[str, Any]], ...] = (
    ({}, {"reset": True}),
    ({}, {"lost": True}),
    ({}, {"hang": True}),
    ({}, {"hang": True, "applied": True}),
    ({}, {"status": 500, "body": "Internal Server Error"}),
    ({}, {"status": 500, "body": "Internal Server Error", "applied": True}),
    ({}, {"page": "gateway"}),
    ({}, {"page": "gateway", "status": 504, "applied": True}),
    ({}, {"status": 503, "body": "busy"}),
    ({}, {"status": 503, "body": "busy", "retry_after": "date:20"}),
    ({}, {"status": 429, "body": "slow down", "retry_after": 15}),
    ({}, {"truncate": 3}),
    ({}, {"status": 200, "body": "<html>Welcome to this network</html>"}),
    ({}, {"delay": 20}),
    ({"method": "GET"}, {"stale": 90}),
    ({"method": "PUT", "provider": "datacite"}, {"event": "ignored"}),
    ({"method": "PUT", "provider": "datacite"}, {"handle": "fails"}),
    ({"method": "POST", "provider": "ezid"}, {"handover": 3000}),
    ({"method": "POST", "provider": "ezid"}, {"handover": "fails"}),
)


def faults(chance: random.Random, *, share: float) -> list[dict[str, Any]]:
    """Rules that together strike `share` of all requests; the first that takes one breaks it."""
    general = [each for each in KINDS if not each[0]]
    each = 1 - (1 - share) ** (1 / len(general))
    rules = [
        {"match": match, "action": action, "probability": each, "seed": chance.randrange(2**32)}
        for match, action in KINDS
    ]
    chance.shuffle(rules)
    return rules
