"""Everything an adapter can be asked, by name."""

from collections.abc import Callable, Mapping

from doi.registries import Payload, Registry
from doi.states import State

type Act = Callable[[Registry, Payload], object]

WRITES: Mapping[str, Act] = {
    "update": lambda registry, payload: registry.update(payload, state=State.DRAFT),
    "promote": lambda registry, payload: registry.promote(payload, to=State.FINDABLE),
    "register": lambda registry, payload: registry.promote(payload, to=State.REGISTERED),
    "hide": lambda registry, payload: registry.hide(payload),
    "show": lambda registry, payload: registry.show(payload),
    "discard": lambda registry, payload: registry.discard(payload.name),
}
ACTS: Mapping[str, Act] = {
    "create": lambda registry, payload: registry.create(payload),
    **WRITES,
    "fetch": lambda registry, payload: registry.fetch(payload.name),
    "probe": lambda registry, _payload: registry.probe(),
}
