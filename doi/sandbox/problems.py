"""Why a sandbox does not start."""


class WrongCallError(Exception):
    """The sandbox was called wrongly; the message is one sentence for the person who called it."""
