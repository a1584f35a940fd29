"""The handle proxy of doi.org: where a DOI name leads, without following it (DOI Handbook; `/api/handles/{doi}`)."""

import json
from typing import Any

import httpx
from django.utils.translation import gettext as _

from doi import names
from doi.registries.base import LOOK_SECONDS
from doi.registries.http import Answer, Channel, Deadline

# The handle system's own words: found; no such handle; a handle without values of the type asked for.
_FOUND, _NO_HANDLE, _NO_VALUES = 1, 100, 200


class Resolver:
    """The resolver at one address, asked as anybody may. Safe to use from several threads."""

    def __init__(self, *, base_url: str, transport: httpx.BaseTransport | None, max_connections: int) -> None:
        self._channel = Channel(
            label=_("The resolver"),
            base_url=base_url,
            headers={"Accept": "application/json"},
            transport=transport,
            max_connections=max_connections,
        )

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()

    def leads_to(self, name: str) -> str | None:
        """`GET /api/handles/{name}?type=URL`: the address a name leads to, None where it is not known or has none.

        That it is not known must be the handle system's own word: any other 404 is not an answer. Raises
        `RegistryUnavailableError`.
        """
        escaped = names.to_url(name).removeprefix(names.PROXY)
        answer = self._channel.send(
            "GET", f"/api/handles/{escaped}?type=URL", deadline=Deadline.after(LOOK_SECONDS)
        )
        if answer.status not in {200, 404}:
            raise self._channel.trouble(answer)
        body = self._body(answer, name=name)
        code = body.get("responseCode")
        if code in {_NO_HANDLE, _NO_VALUES}:
            return None
        if code == _FOUND and answer.status == 200:
            return self._address(body, answer)
        raise self._channel.nonsense(answer)

    def _body(self, answer: Answer, *, name: str) -> dict[str, Any]:
        """Read the JSON object of an answer about this very name."""
        try:
            body = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise self._channel.nonsense(answer) from error
        if not isinstance(body, dict) or names.fold(str(body.get("handle", ""))) != names.fold(name):
            raise self._channel.nonsense(answer)
        return body

    def _address(self, body: dict[str, Any], answer: Answer) -> str | None:
        try:
            urls = [value["data"]["value"] for value in body["values"] if value["type"] == "URL"]
        except (KeyError, TypeError) as error:
            raise self._channel.nonsense(answer) from error
        if any(not isinstance(url, str) for url in urls):
            raise self._channel.nonsense(answer)
        return urls[0] if urls else None
