"""A person with a browser that keeps everything it was shown: signs in, sends forms, follows every link."""

import html
import re
from collections import Counter
from collections.abc import Mapping
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

_LINK = re.compile(r"""(?:href|src|action|hx-get)=["']([^"'#]+)""")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Lists link to themselves in ever new orders: so many of one address are enough.
QUERIES = 2
_ENDS_THE_VISIT = ("/sign-out/", "/logout/")


class Visitor:
    """Everything it received, headers and bodies, is in `seen` by address."""

    def __init__(self, site: str, *, sign_in: str = "/sign-in/") -> None:
        self.site = site
        self.seen: dict[str, bytes] = {}
        self.statuses: dict[str, int] = {}
        self._sign_in = sign_in
        self._client = httpx.Client(
            base_url=site,
            follow_redirects=True,
            trust_env=False,
            timeout=60,
            event_hooks={"response": [self._keep]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _keep(self, response: httpx.Response) -> None:
        response.read()
        name = f"{response.request.method} {response.request.url} #{len(self.seen)}"
        headers = "\n".join(f"{key}: {value}" for key, value in response.headers.items())
        self.seen[name] = headers.encode() + b"\n\n" + response.content
        self.statuses[name] = response.status_code

    def sign_in(self, email: str, password: str) -> None:
        answer = self.send(self._sign_in, {"username": email, "password": password})
        assert urlsplit(str(answer.url)).path != self._sign_in, "not signed in"

    def send(self, path: str, fields: Mapping[str, str], *, to: str = "") -> httpx.Response:
        """Fill in the form of a page and send it, as a browser would; `to` is where it goes if not to its page."""
        token = _TOKEN.search(self._client.get(path).text)
        assert token is not None, f"{path} has no form"
        data = {"csrfmiddlewaretoken": token[1], **fields}
        return self._client.post(to or path, data=data, headers={"Referer": self.site + path})

    def open(self, path: str) -> httpx.Response:
        return self._client.get(path)

    def crawl(self, *starts: str) -> int:
        """Open every page that links lead to, forms sent by GET included; returns how many."""
        waiting, opened, queries = list(starts), set[str](), Counter[str]()
        while waiting:
            path = waiting.pop()
            page = path.partition("?")[0]
            if path in opened or queries[page] == QUERIES:
                continue
            opened.add(path)
            queries[page] += 1
            answer = self._client.get(path)
            if "html" in answer.headers.get("Content-Type", ""):
                waiting += self._links(answer)
        return len(opened)

    def _links(self, answer: httpx.Response) -> list[str]:
        here = urlsplit(self.site)
        found = []
        for link in _LINK.findall(answer.text):
            parts = urlsplit(urljoin(str(answer.url), html.unescape(link)))
            if parts.netloc == here.netloc and not parts.path.endswith(_ENDS_THE_VISIT):
                found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
        return found
