"""Why a sandbox does not start, or does not do what it is told."""


class WrongCallError(Exception):
    """The sandbox was called wrongly; the message is one sentence for the person who called it."""


class RefusedOrderError(Exception):
    """An order to the sandbox cannot be carried out: (HTTP status, one sentence for the person who gave it)."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
