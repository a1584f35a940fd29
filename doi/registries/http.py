"""The one HTTP client of the product: time limits, body limit, no redirects, no cookies, no environment proxies.

Failures of the network come out as `RegistryUnavailableError`; what a status means is for the adapters to say.
"""

import base64
import contextlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic
from typing import Final
from urllib.parse import quote, quote_plus, unquote

import httpx
from django.utils.translation import gettext as _

from doi.errors import BadCredentialsError, RegistryUnavailableError
from doi.registries.base import Credentials
from doi.registries.transport import Connections, UnsentError, call_ends_at

VERSION: Final = "0.1.0"
CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 60.0
CALL_SECONDS: Final = 75.0
# DataCite answers with the whole record, and once more with it as XML in base 64: see `metadata.rules.RECORD_LIMIT`.
BODY_LIMIT: Final = 16 * 1024 * 1024
WORDS_LIMIT: Final = 500
# As much of an answer is looked through for its words.
_LOOKED_THROUGH: Final = 20_000
RETRY_AFTER_LIMIT: Final = timedelta(hours=24).total_seconds()

_PAGE: Final = re.compile(r"\s*<(?:!doctype\s+)?html\b", re.IGNORECASE)
# Where something begins that nobody sees, and where it ends. A `<` before anything else is an ordinary character.
_UNSEEN: Final = re.compile(r"<(?:(!--)|(script|style)\b|[a-z/!?])", re.IGNORECASE)
_ENDS: Final = {
    "!--": re.compile("-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "": re.compile(">"),
}

# Nothing of these requests can have reached the registry whole.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    UnsentError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point of monotonic time which several calls share."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Set a deadline from now."""
        return cls(monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds left, negative when it has passed."""
        return self.at - monotonic()


@dataclass(frozen=True, slots=True)
class Answer:
    """A registry's whole answer. `date` and `retry_after` (seconds) are read from its headers."""

    method: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    date: datetime | None
    retry_after: float | None

    @property
    def text(self) -> str:
        """The body as UTF-8, wrong bytes replaced."""
        return self.body.decode("utf-8", errors="replace")


class Channel:
    """One connection to one address: an account's to its registry, or anybody's without credentials.

    `label` names who answers there in sentences for people. `fault` says why the credentials cannot work, if they cannot.
    """

    def __init__(
        self,
        *,
        label: str,
        base_url: str,
        headers: Mapping[str, str],
        transport: httpx.BaseTransport | None,
        max_connections: int,
        credentials: Credentials | None = None,
        fault: str = "",
    ) -> None:
        self.label = label
        self._fault = fault
        self._base_url = base_url.rstrip("/")
        self._secrets = _secrets(credentials if credentials is not None else Credentials("", ""))
        self._client = httpx.Client(
            auth=httpx.BasicAuth(credentials.username, credentials.password)
            if credentials is not None
            else None,
            headers={"User-Agent": f"redivis-doi/{VERSION}", "Accept-Encoding": "identity", **headers},
            # EZID's session cookie beats the Authorization header: one kept here would act for another account.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
            transport=transport if transport is not None else Connections(max_connections=max_connections),
        )

    def __repr__(self) -> str:
        return f"<Channel to {self.label}>"

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        content_type: str | None = None,
        deadline: Deadline | None = None,
        longest: int = BODY_LIMIT,
    ) -> Answer:
        """Send one request and read its whole answer, of at most `longest` bytes, whatever its status.

        `path` is escaped already. Raises `RegistryUnavailableError` with `sent` false where nothing can have been
        applied, or `BadCredentialsError` where the credential cannot work and nothing was sent.
        """
        if self._fault:
            raise BadCredentialsError(self._fault)
        end = Deadline.after(CALL_SECONDS)
        if deadline is not None and deadline.at < end.at:
            end = deadline
        changes = method != "GET"
        if end.remaining <= 0:
            raise RegistryUnavailableError(self._too_slow(), sent=False)
        over = call_ends_at.set(end.at)
        try:
            return self._exchange(
                method, path, content=content, content_type=content_type, end=end, longest=longest
            )
        except _NOT_SENT as error:
            raise RegistryUnavailableError(
                _("%(registry)s could not be reached.") % {"registry": self.label}, sent=False
            ) from error
        except httpx.TimeoutException as error:
            raise RegistryUnavailableError(self._too_slow(), sent=changes) from error
        except httpx.HTTPError as error:
            raise RegistryUnavailableError(
                _("The connection to %(registry)s broke before its answer was complete.")
                % {"registry": self.label},
                sent=changes,
            ) from error
        finally:
            call_ends_at.reset(over)

    def words(self, text: str) -> str:
        """Make the registry's own words fit to keep: credentials out by value, one line, at most 500 characters."""
        # No secret is longer than the pattern for all of them, so none is cut in two where the text is.
        beyond = len(self._secrets.pattern)
        is_cut = len(text) > _LOOKED_THROUGH + beyond
        text = self._secrets.sub("***", text[: _LOOKED_THROUGH + beyond])
        text = text[:-beyond] if is_cut else text
        if _PAGE.match(text):
            # A gateway's page, of which only what a person would see is kept.
            text = html.unescape(_seen(text))
        text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        # Once more: a password that was broken over two lines, or by a tag, may stand on one now.
        text = self._secrets.sub("***", text)
        return text if len(text) <= WORDS_LIMIT else text[: WORDS_LIMIT - 1] + "…"

    def nonsense(self, answer: Answer, *, words: str | None = None) -> RegistryUnavailableError:
        """Make the error for an answer that does not say what was done."""
        return RegistryUnavailableError(
            _("%(registry)s gave an answer that cannot be understood.") % {"registry": self.label},
            status=answer.status,
            words=self.words(answer.text) if words is None else words,
            sent=answer.method != "GET",
        )

    def trouble(self, answer: Answer, *, words: str | None = None) -> RegistryUnavailableError:
        """Make the error for a status that may pass and leaves open what was done."""
        return RegistryUnavailableError(
            _("%(registry)s is having trouble (%(status)d).")
            % {"registry": self.label, "status": answer.status},
            status=answer.status,
            words=self.words(answer.text) if words is None else words,
            retry_after=answer.retry_after,
            sent=answer.method != "GET",
        )

    def _exchange(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None,
        content_type: str | None,
        end: Deadline,
        longest: int,
    ) -> Answer:
        request = self._client.build_request(
            method,
            f"{self._base_url}{path}",
            content=content,
            headers={} if content_type is None else {"Content-Type": content_type},
            timeout=httpx.Timeout(
                min(READ_SECONDS, end.remaining), connect=max(0.001, min(CONNECT_SECONDS, end.remaining))
            ),
        )
        response = self._client.send(request, stream=True)
        try:
            body = self._read(response, method=method, end=end, longest=longest)
        finally:
            response.close()
        date = _http_date(response.headers.get("Date"))
        return Answer(
            method=method,
            status=response.status_code,
            headers=response.headers,
            body=body,
            date=date,
            retry_after=_retry_after(response.headers.get("Retry-After"), date=date),
        )

    def _read(self, response: httpx.Response, *, method: str, end: Deadline, longest: int) -> bytes:
        """Read the body within the limits. Compressed, which was not asked for, it could unpack to anything."""
        changes = method != "GET"
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            message = "compressed though it was not asked for"
            raise httpx.RemoteProtocolError(message)
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > longest:
                raise RegistryUnavailableError(
                    _("%(registry)s sent a longer answer than it ever should.") % {"registry": self.label},
                    status=response.status_code,
                    sent=changes,
                )
            if end.remaining <= 0:
                raise RegistryUnavailableError(self._too_slow(), status=response.status_code, sent=changes)
        announced = response.headers.get("Content-Length", "")
        if announced.isascii() and announced.isdecimal() and int(announced) != len(body):
            message = "shorter or longer than announced"
            raise httpx.RemoteProtocolError(message)
        return bytes(body)

    def _too_slow(self) -> str:
        return _("%(registry)s did not answer in time.") % {"registry": self.label}


def _seen(page: str) -> str:
    """Give what stands outside tags, comments, scripts and styles. It only ever goes forward, whatever is left open."""
    parts: list[str] = []
    at = 0
    while (begin := _UNSEEN.search(page, at)) is not None:
        parts.append(page[at : begin.start()])
        end = _ENDS[(begin[1] or begin[2] or "").lower()].search(page, begin.end())
        at = len(page) if end is None else end.end()
    return " ".join([*parts, page[at:]])


def _secrets(credentials: Credentials) -> re.Pattern[str]:
    """Find what must not be kept of a registry's words: user name and password, in every form they may come back in.

    A user name may be an ordinary word, so it counts as a whole word only.
    """
    username, password = credentials.username, credentials.password
    pair = f"{username}:{password}"
    hidden = _spellings(password) | _spellings(pair) if password else frozenset[str]()
    named = _spellings(username) if username else frozenset[str]()
    forms = [(form, re.escape(form)) for form in hidden]
    forms += [(form, rf"(?<!\w){re.escape(form)}(?!\w)") for form in named]
    longest_first = sorted(forms, key=lambda form: len(form[0]), reverse=True)
    return re.compile("|".join(pattern for _form, pattern in longest_first) or r"(?!)", re.IGNORECASE)


def _spellings(secret: str) -> frozenset[str]:
    """List the forms in which a text could come back: as it is, escaped for a URL, JSON or HTML, and in base 64."""
    encoded = secret.encode()
    in_json = json.dumps(secret)[1:-1]
    forms = {
        secret,
        base64.b64encode(encoded).decode().rstrip("="),
        base64.urlsafe_b64encode(encoded).decode().rstrip("="),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        in_json,
        # As Rails writes it.
        in_json.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        html.escape(secret).replace("&#x27;", "&#39;"),
        html.escape(secret, quote=False),
    }
    # EZID's answers are percent-decoded when they are read, and what was not encoded there is decoded with the rest.
    return frozenset(forms | {unquote(form) for form in forms})


def _http_date(value: str | None) -> datetime | None:
    if not value:
        return None
    with contextlib.suppress(ValueError, OverflowError):
        date = parsedate_to_datetime(value)
        return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return None


def _retry_after(value: str | None, *, date: datetime | None) -> float | None:
    """Read `Retry-After` in either form, as seconds between none and a day."""
    if not value:
        return None
    with contextlib.suppress(ValueError):
        return float(min(max(int(value), 0), RETRY_AFTER_LIMIT))
    until = _http_date(value)
    if until is None:
        return None
    # The registry's own clock, if it told the time, so that a skewed clock here does not matter.
    now = date if date is not None else datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), RETRY_AFTER_LIMIT)
