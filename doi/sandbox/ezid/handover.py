"""What EZID's queue tells DataCite and the handle system, after the answer and without a word to the client."""

from datetime import datetime, timedelta

from doi.sandbox.clock import iso
from doi.sandbox.ezid.identifiers import is_test, tombstone
from doi.sandbox.messages import Effects
from doi.sandbox.store import Record


def hand_over(record: Record, *, now: datetime, usual: float, effects: Effects) -> None:
    """Note in a record about to be kept when its change reaches the resolver, and what it will say then.

    Reserved and test identifiers are never handed over. `usual` is in seconds. A change that DataCite refuses is given
    up for good, and nothing in the API tells (CDLUC3/ezid#1031). Of two changes on their way only the later arrives.
    """
    if record.status == "reserved" or is_test(record.name) or effects.handover_fails:
        return
    target = tombstone(record.name) if record.status == "unavailable" else record.url
    seconds = usual if effects.handover is None else effects.handover
    told = record.leads_to(now)
    at = now + timedelta(seconds=seconds)
    record.registered = record.registered or iso(at)
    if seconds > 0:
        record.handle_url, record.handover_at, record.handover_url = told, at.isoformat(), target
    else:
        record.handle_url, record.handover_at, record.handover_url = target, None, None
