"""The registry and the clock of the engine's own tests."""

from tests.doi.conftest import moved_clock, resolver, sandbox

__all__ = ["moved_clock", "resolver", "sandbox"]
