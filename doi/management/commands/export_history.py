from collections.abc import Iterator
from typing import Any, override

from doi.management.exporting import CHUNK, ExportCommand, Row, iso
from doi.models import DoiEvent
from organizations.models import Organization

# How the history is stored, by how it is exported; what is not here has the same name.
_COLUMNS = {"seq": "id", "organization": "organization__slug", "doi": "doi_name"}


class Command(ExportCommand):
    help = "Write the history, oldest first: one JSON object a line."
    fields = (
        "seq",
        "at",
        "organization",
        "dataset",
        "version",
        "doi",
        "account",
        "actor",
        "cause",
        "request_id",
        "step",
        "attempt",
        "event",
        "from_state",
        "to_state",
        "outcome",
        "detail",
    )

    @override
    def rows(self, organization: Organization | None) -> Iterator[Row]:
        events = DoiEvent.objects.order_by("id")
        if organization is not None:
            events = events.filter(organization=organization)
        columns = [_COLUMNS.get(name, name) for name in self.fields]
        for values in events.values_list(*columns).iterator(chunk_size=CHUNK):
            row: dict[str, Any] = dict(zip(self.fields, values, strict=True))
            # What does not apply is stored as the empty text and exported as null.
            yield {
                **{name: None if value == "" else value for name, value in row.items()},
                "at": iso(row["at"]),
            }
