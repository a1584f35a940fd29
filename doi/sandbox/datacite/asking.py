"""One request while DataCite's API answers it."""

from dataclasses import dataclass

from doi.sandbox.datacite.callers import Caller
from doi.sandbox.messages import Request, Trace
from doi.sandbox.store import Record


@dataclass(frozen=True, slots=True)
class Asking:
    """`argument` is the DOI or the repository of the path, decoded and not folded."""

    argument: str
    request: Request
    caller: Caller
    trace: Trace

    def note(self, record: Record) -> None:
        """Note in the trace the record that the request is about, as it is before anything is done to it."""
        trace = self.trace
        trace.doi, trace.before, trace.after, trace.url = record.name, record.state, record.state, record.url
