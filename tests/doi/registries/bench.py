"""One registry account to try an adapter against: the sandbox beneath it, and what a complete DOI is sent as."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from doi.registries import Credentials, Payload, Registry, open_registry
from doi.sandbox import Sandbox
from doi.sandbox.store import Record
from doi.states import Provider
from tests.support.sandbox import SANDBOX_URL, SandboxTransport, sandbox_with

PASSWORD = "s3cr3t-canary/é"
URL = "https://data.example.edu/versions/1"

ATTRIBUTES: Mapping[str, Any] = {
    "creators": [{"name": "Okafor, Ngozi", "nameType": "Personal"}],
    "titles": [{"title": "River stage readings"}],
    "publisher": {"name": "Example University"},
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
}
XML = """<?xml version="1.0" encoding="UTF-8"?>
<resource xmlns="http://datacite.org/schema/kernel-4">
  <identifier identifierType="DOI">{name}</identifier>
  <creators><creator><creatorName nameType="Personal">Okafor, Ngozi</creatorName></creator></creators>
  <titles><title>River stage readings: 100% of them</title></titles>
  <publisher>Example University</publisher>
  <publicationYear>2026</publicationYear>
  <resourceType resourceTypeGeneral="Dataset">Dataset</resourceType>
</resource>
"""


class Recording(SandboxTransport):
    """Remembers what was sent, as a proxy in between would see it."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Note the request, then carry it."""
        self.requests.append(request)
        return super().handle_request(request)


@dataclass(slots=True)
class Bench:
    """An account with one prefix at a sandbox, and another account that is a stranger there."""

    provider: Provider
    sandbox: Sandbox
    transport: Recording
    registry: Registry
    opened: list[Registry] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """The prefix, or for EZID the shoulder."""
        return "10.70112" if self.provider == Provider.DATACITE else "10.70113/q1"

    @property
    def account_id(self) -> str:
        """Our account."""
        return "ORG.REPO" if self.provider == Provider.DATACITE else "orgrepo"

    def name(self, suffix: str = "7k3m-q845") -> str:
        """A name under our prefix."""
        return f"{self.prefix}{suffix}" if "/" in self.prefix else f"{self.prefix}/{suffix}"

    def payload(self, suffix: str = "7k3m-q845", *, url: str = URL) -> Payload:
        """Complete metadata."""
        name = self.name(suffix)
        return Payload(name=name, url=url, attributes=ATTRIBUTES, xml=XML.format(name=name))

    def bare(self, suffix: str = "7k3m-q845", *, url: str = URL) -> Payload:
        """Name and URL only, as a private draft is sent."""
        return Payload(name=self.name(suffix), url=url)

    def open(self, account_id: str, password: str) -> Registry:
        """Open another account at the same sandbox."""
        registry = open_registry(
            self.provider,
            base_url=f"{SANDBOX_URL}/{self.provider.value}",
            credentials=Credentials(account_id, password),
            transport=self.transport,
            max_connections=2,
        )
        self.opened.append(registry)
        return registry

    def stranger(self) -> Registry:
        """Another account, good in itself."""
        return self.open("OTHER.REPO" if self.provider == Provider.DATACITE else "otherrepo", "other")

    def with_wrong_password(self) -> Registry:
        """Our account with a password that was changed at the registry."""
        return self.open(self.account_id, "wrong-canary")

    def fault(self, action: Mapping[str, Any], **match: str) -> None:
        """Break the next answer that fits."""
        self.sandbox.faults.order([{"match": match, "times": 1, "action": action}])

    def change_account(self, **changes: Any) -> None:
        """Change our account at the registry: another password, other prefixes, no longer active."""
        account = self.sandbox.accounts.get(self.provider.value, self.account_id)
        assert account is not None
        self.sandbox.accounts.replace(replace(account, **changes))

    def hold(self, state: str, *, owner: str, suffix: str = "7k3m-q845") -> Record:
        """Let the registry hold a record as somebody else made it."""
        words = {"draft": "reserved", "findable": "public"}
        status = state if self.provider == Provider.DATACITE else words[state]
        at = "2026-01-01T00:00:00.000Z"
        record = Record(
            self.provider.value, self.name(suffix), owner, status, "https://other.example/", at, at
        )
        self.sandbox.store.save(record)
        return record

    def states(self) -> dict[str, str]:
        """What the sandbox holds: state by name."""
        return {record["name"]: record["state"] for record in self.sandbox.records()}

    def metadata(self, suffix: str = "7k3m-q845") -> dict[str, Any]:
        """The metadata the sandbox holds for a name."""
        record = self.sandbox.store.get(self.provider.value, self.name(suffix))
        assert record is not None
        return {key: value for key, value in record.metadata.items() if key in {*ATTRIBUTES, "datacite"}}

    def asked(self) -> list[str]:
        """Method and path of every request so far."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.transport.requests]


def make_bench(provider: Provider) -> Bench:
    """Set up a sandbox with two accounts at both registries, and open the first."""
    sandbox = sandbox_with(
        datacite=[("ORG.REPO", PASSWORD, "10.70112"), ("OTHER.REPO", "other", "10.70999")],
        ezid=[("orgrepo", PASSWORD, "10.70113/q1"), ("otherrepo", "other", "10.70113/z9")],
    )
    transport = Recording(sandbox)
    registry = open_registry(
        provider,
        base_url=f"{SANDBOX_URL}/{provider.value}/",
        credentials=Credentials("ORG.REPO" if provider == Provider.DATACITE else "orgrepo", PASSWORD),
        transport=transport,
        max_connections=2,
    )
    return Bench(provider, sandbox, transport, registry, [registry])
