"""What DataCite shows of a DOI to anybody, whoever registered it: how EZID's hand-over is seen from outside."""

import json

import httpx

from doi import names
from doi.registries.base import LOOK_SECONDS
from doi.registries.datacite_names import path_of
from doi.registries.http import Answer, Channel, Deadline


class PublicDataCite:
    """DataCite's REST API without credentials. Safe to use from several threads."""

    def __init__(self, *, base_url: str, transport: httpx.BaseTransport | None, max_connections: int) -> None:
        self._channel = Channel(
            label="DataCite",
            base_url=base_url,
            headers={"Accept": "application/vnd.api+json"},
            transport=transport,
            max_connections=max_connections,
        )

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()

    def findable_url(self, name: str) -> str | None:
        """`GET /dois/{name}`: the landing page of a findable DOI, None for what a stranger is not shown.

        A registered DOI, a draft and a name nobody has are the same 404 to a stranger (lupo 05afac46). Raises
        `RegistryUnavailableError`, or `InvalidNameError` where DataCite's addresses cannot name it.
        """
        answer = self._channel.send("GET", path_of(name), deadline=Deadline.after(LOOK_SECONDS))
        if answer.status in {404, 410}:
            return None
        if answer.status != 200:
            raise self._channel.trouble(answer)
        return self._url(answer, name=name)

    def _url(self, answer: Answer, *, name: str) -> str | None:
        try:
            attributes = json.loads(answer.body)["data"]["attributes"]
            told, state, url = str(attributes["doi"]), attributes["state"], str(attributes.get("url") or "")
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
            raise self._channel.nonsense(answer) from error
        if names.fold(told) != names.fold(name):
            raise self._channel.nonsense(answer)
        return url if state == "findable" else None
