"""One line of the table: what was measured, and what it must not miss."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """`goal` and `measured` in `unit`; `good` says on which side of the goal the measured value has to be."""

    name: str
    measured: float
    goal: float
    good: Literal["at most", "at least"]
    unit: str = ""
    note: str = ""

    @property
    def is_met(self) -> bool:
        # Two decimals are what is printed, so two decimals are what counts.
        measured = round(self.measured, 2)
        return measured <= self.goal if self.good == "at most" else measured >= self.goal


def table(rows: list[Row]) -> str:
    """The rows as a table in Markdown."""
    head = ("measure", "measured", "goal", "met", "note")
    lines = [
        (
            row.name,
            f"{row.measured:.2f}{row.unit}",
            f"{row.good} {row.goal:.2f}{row.unit}",
            "yes" if row.is_met else "NO",
            row.note,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head))]
    written = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in (head, *lines)
    ]
    rule = "-|-".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (written[0], rule, *written[1:]))
