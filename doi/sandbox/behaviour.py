"""How the two registries behave when nothing is broken: what differs between a demonstration and the originals."""

from dataclasses import dataclass


@dataclass(slots=True)
class Behaviour:
    """Settings of one sandbox; the defaults are the originals' manners at the pace of a demonstration.

    A running sandbox has one of its own, which its control API changes: read a setting whenever it matters, keep none.

    `list_lag`: seconds by which DataCite's lists run behind its writes. `rate_limits`: whether DataCite counts requests
    per address and five minutes and answers 429 beyond them. `handover`: seconds until EZID's queue has told DataCite
    and the resolver about a change (the original may take half an hour).
    """

    list_lag: float = 1.0
    rate_limits: bool = False
    handover: float = 0.0


USUAL = Behaviour()
