"""What a path means to a protocol."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """`label` is what requests are counted under, `action` names the method that answers, `argument` is decoded."""

    label: str
    action: str
    argument: str = ""
