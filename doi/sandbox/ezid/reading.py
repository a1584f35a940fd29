"""What a request to EZID says: its elements and its options (EZID 018515e8, api.py)."""

import re
from dataclasses import dataclass

from doi.sandbox.ezid import anvl
from doi.sandbox.ezid.refusals import RefusalError, bad_request, one_line
from doi.sandbox.messages import Request, Trace

# What XML 1.1 does not take, or advises against.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufddf\ufffe\uffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)


@dataclass(slots=True)
class Exchange:
    """One request while it is answered; `argument` is the identifier or shoulder of its path, decoded once.

    `delay` is how long, in seconds, the operation waited for others and ran.
    """

    request: Request
    trace: Trace
    argument: str
    delay: float = 0.0


def elements(request: Request) -> dict[str, str]:
    """Read the body's elements in their order; characters that XML cannot hold become spaces.

    Raises RefusalError.
    """
    if not _is_plain_text(request.headers.get("content-type", "")):
        raise bad_request("If specified, Content-Type must be text/plain and encoding must be UTF-8")
    try:
        read = anvl.parse(request.body.decode())
    except UnicodeDecodeError:
        raise bad_request("character decoding error") from None
    except anvl.AnvlError as error:
        raise bad_request(f"ANVL parse error ({error})") from None
    return {safe(name): safe(value) for name, value in read.items()}


def safe(text: str) -> str:
    """Put spaces in the place of characters that XML does not take."""
    return _UNSAFE.sub(" ", text)


def options(request: Request, *allowed: str) -> dict[str, bool]:
    """Read the query, whose members all say yes or no.

    Raises RefusalError for another member or value.
    """
    read = {}
    for name, value in request.query.items():
        if name not in allowed:
            raise unknown_option(name)
        if value.lower() not in {"yes", "no"}:
            # EZID forgets to fill in the name.
            raise bad_request("invalid value for URL query parameter '%s'")
        read[name] = value.lower() == "yes"
    return read


def unknown_option(name: str) -> RefusalError:
    """Make the refusal of a query's member that EZID does not know."""
    shown = name.encode("ascii", "xmlcharrefreplace").decode("ascii")
    return bad_request(f"unrecognized URL query parameter '{one_line(shown)}'")


def _is_plain_text(content_type: str) -> bool:
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    if kind not in {"", "text/plain"}:
        return False
    pairs = (parameter.partition("=") for parameter in parameters)
    charsets = [value.strip().strip('"') for name, _, value in pairs if name.strip().lower() == "charset"]
    return all(charset.lower() == "utf-8" for charset in charsets)
