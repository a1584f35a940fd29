"""How these tests call the sandbox: a client per registry, and bodies in few words."""

from typing import Any

import httpx

from doi.sandbox import Sandbox
from tests.support.sandbox import SANDBOX_URL, SandboxTransport

NAME = "10.70112/7k3m-q845"
URL = "https://data.example.edu/versions/1"
COMPLETE: dict[str, Any] = {
    "url": URL,
    "schemaVersion": "http://datacite.org/schema/kernel-4",
    "creators": [
        {"name": "Okafor, Ngozi", "nameType": "Personal", "affiliation": [{"name": "Example University"}]}
    ],
    "titles": [{"title": "River stage readings"}],
    "publisher": {"name": "Example University"},
    "publicationYear": 2026,
    "types": {"resourceTypeGeneral": "Dataset"},
}
ELEMENTS = {
    "datacite.creator": "Okafor, Ngozi",
    "datacite.title": "River stage readings",
    "datacite.publisher": "Example University",
    "datacite.publicationyear": "2026",
}


def client(sandbox: Sandbox, mount: str, *, auth: tuple[str, str] | None) -> httpx.Client:
    """A client of one registry that asks for plain text or JSON and keeps no cookies of others."""
    return httpx.Client(
        base_url=f"{SANDBOX_URL}/{mount}",
        transport=SandboxTransport(sandbox),
        auth=auth,
        headers={"Accept": "text/plain" if mount == "ezid" else "application/vnd.api+json"},
    )


def datacite(sandbox: Sandbox, *, auth: tuple[str, str] | None = ("ORG.REPO", "secret")) -> httpx.Client:
    return client(sandbox, "datacite", auth=auth)


def ezid(sandbox: Sandbox, *, auth: tuple[str, str] | None = ("apiuser", "secret")) -> httpx.Client:
    return client(sandbox, "ezid", auth=auth)


def body(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "dois", "attributes": attributes}}


def draft(sandbox: Sandbox, name: str = NAME, **attributes: Any) -> None:
    answer = datacite(sandbox).post("/dois", json=body(doi=name, **attributes))
    assert answer.status_code == 201, answer.text


def attributes_of(answer: httpx.Response) -> dict[str, Any]:
    attributes: dict[str, Any] = answer.json()["data"]["attributes"]
    return attributes


def put(ezid_client: httpx.Client, name: str, *, query: str = "", **elements: str) -> httpx.Response:
    return ezid_client.put(f"/id/doi:{name}{query}", content=anvl(**elements))


def post(ezid_client: httpx.Client, name: str, **elements: str) -> httpx.Response:
    return ezid_client.post(f"/id/doi:{name}", content=anvl(**elements))


def anvl(**elements: str) -> bytes:
    return "\n".join(f"{name}: {value}" for name, value in elements.items()).encode()
