"""What the adapters of both registries are built on: one account, and the channel that signs in as it."""

from typing import ClassVar

import httpx

from doi.registries.base import Credentials, credential_fault
from doi.registries.http import Channel
from doi.states import Provider


class Account:
    """One repository account at the registry of a class. Safe to use from several threads."""

    provider: Provider
    accept: ClassVar[str]

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Credentials,
        transport: httpx.BaseTransport | None,
        max_connections: int,
    ) -> None:
        self._account_id = credentials.account_id
        self._channel = Channel(
            label=str(self.provider.label),
            base_url=base_url,
            credentials=credentials,
            fault=credential_fault(self.provider, credentials),
            headers={"Accept": self.accept},
            transport=transport,
            max_connections=max_connections,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._account_id}>"

    def close(self) -> None:
        """Close the connections."""
        self._channel.close()
