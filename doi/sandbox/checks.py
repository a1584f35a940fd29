"""What an order may have for a number, and what for JSON: checked when it is given, not when it is first needed."""

import json
from typing import Any

from doi.sandbox.problems import WrongCallError

# Ten years: what is added to a clock or taken from it must stay a date.
LONGEST = 10 * 366 * 86_400.0
_MOST = 10**9


def seconds(value: Any, name: str, *, least: float = 0.0) -> float:
    """Read a time span in seconds.

    Raises WrongCallError for what is no number, and beyond `least` and ten years.
    """
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None or not least <= number <= LONGEST:
        raise WrongCallError(f"The {name} must be a number of seconds from {least:.0f} to {LONGEST:.0f}.")
    return float(number)


def whole(value: Any, name: str, *, least: int = 0, most: int = _MOST) -> int:
    """Read a count.

    Raises WrongCallError for what is no whole number, and beyond `least` and `most`.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise WrongCallError(f"The {name} must be a whole number from {least} to {most}.")
    return value


def word(value: Any, name: str) -> str:
    """Read a text.

    Raises WrongCallError for what is none.
    """
    if not isinstance(value, str):
        raise WrongCallError(f"The {name} must be a text.")
    return value


def decoded(text: bytes | str) -> Any:
    """Decode JSON as the standard has it.

    Raises ValueError, also for `Infinity` and `NaN` and for what lies deeper than can be read.
    """
    try:
        return json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError("it lies too deep") from None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
