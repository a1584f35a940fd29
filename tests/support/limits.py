"""A limit of processor time, for what has to stay linear whatever it is given."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail once the body has used that much processor time (of this process, so a busy machine does not count)."""

    def over(_number: int, _frame: object) -> None:
        message = f"took more than {seconds:g} s of processor time"
        raise AssertionError(message)

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
