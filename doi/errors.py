"""
What can go wrong with a DOI, drawn as a tree. The type says whether to try again; the message is one a person may read.

DoiError
├── InvalidNameError            a DOI name or prefix that does not parse, or that the registry's syntax cannot take
├── IllegalTransitionError      a (state, event) pair that the table does not have
├── AccountNotReadyError        no account in force, or it may not be used now
├── MetadataIncompleteError     the local rules refuse the metadata
├── SealError                   a sealed password that does not open
├── NotAllowedError             a rule of the product forbids this act now
└── RegistryError               the registry's answer, sorted
    ├── RegistryUnavailableError    try again later
    └── RegistryRefusedError        do not try again as it is
        ├── BadCredentialsError     the credential or its rights were refused
        ├── NameTakenError          the name exists already at the registry
        ├── MetadataRejectedError   the registry refuses a field
        ├── NotAtRegistryError      the name does not exist there
        └── NotADraftError          permanent, so it cannot be discarded

Every answer of a registry, and every failure to get one, is one of six outcomes:

    not sent            RegistryUnavailableError, `sent` false: nothing of it can have been applied; send it again
    unknown             RegistryUnavailableError, `sent` true: it may have been applied; look before acting again
    try later           either of them; `retry_after` where the registry named a time
    conflict            NameTakenError (whose is it? look), NotADraftError (look), NotAtRegistryError; and a
                        RegistryRefusedError where the request was taken and the state is not the one asked for
    credentials         BadCredentialsError: probe once, then it is the account's fault or this DOI's
    refused             MetadataRejectedError with the `field` to mend, else a plain RegistryRefusedError
"""


class DoiError(Exception):
    """Base of everything here. ``str(error)`` is one sentence for a person."""


class InvalidNameError(DoiError, ValueError):
    pass


class IllegalTransitionError(DoiError):
    pass


class AccountNotReadyError(DoiError):
    pass


class MetadataIncompleteError(DoiError):
    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class SealError(DoiError):
    pass


class NotAllowedError(DoiError):
    pass


class RegistryError(DoiError):
    """``words`` are the registry's own, redacted and cut to 500 characters; ``status`` its HTTP status."""

    def __init__(self, message: str, *, status: int | None = None, words: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.words = words


class RegistryUnavailableError(RegistryError):
    """
    ``retry_after`` in seconds where the registry named it; ``sent``: the request may have been applied.

    What only reads is never ``sent``: whatever came of it, nothing has to be looked up before it is asked again.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        words: str = "",
        retry_after: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message, status=status, words=words)
        self.retry_after = retry_after
        self.sent = sent


class RegistryRefusedError(RegistryError):
    pass


class BadCredentialsError(RegistryRefusedError):
    pass


class NameTakenError(RegistryRefusedError):
    pass


class MetadataRejectedError(RegistryRefusedError):
    def __init__(self, message: str, *, field: str, status: int | None = None, words: str = "") -> None:
        super().__init__(message, status=status, words=words)
        self.field = field


class NotAtRegistryError(RegistryRefusedError):
    pass


class NotADraftError(RegistryRefusedError):
    pass
