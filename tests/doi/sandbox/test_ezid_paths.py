"""EZID's addresses: which identifiers it takes, what it answers browsers, and its odd ends."""

import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ezid, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, ezid_sandbox, in_status

RESERVED = b"_status: reserved"


@pytest.fixture
def sandbox() -> Sandbox:
    return ezid_sandbox()


# As it stands in the address, the line of its answer, and its shadow's path.
TAKEN = {
    "small": ("10.7280/d1x", "10.7280/D1X", "b7280/d1x"),
    "percent-once": ("10.7280/D1%25", "10.7280/D1%25", "b7280/d1%2525"),
    "percent-and-digits": ("10.7280/D1%252F", "10.7280/D1%252F", "b7280/d1%25252f"),
    "hyphen": ("10.7280/d1-x", "10.7280/D1-X", "b7280/d1%252dx"),
    "dots": ("10.7280/d1.x..y", "10.7280/D1.X..Y", "b7280/d1.x.%252ey"),
    "slash": ("10.7280/d1/x", "10.7280/D1/X", "b7280/d1/x"),
    "brackets": (
        "10.7280/D1(%3C1%3A%3A2%3E)",
        "10.7280/D1(<1::2>)",
        "b7280/d1%2528%253c1%253a%253a2%253e%2529",
    ),
    "semicolon": ("10.7280/d1;2-~", "10.7280/D1;2-~", "b7280/d1%253b2%252d~"),
    "longest": ("10.7280/d1" + "x" * 241, "10.7280/D1" + "X" * 241, "b7280/d1" + "x" * 241),
}


@pytest.mark.parametrize(("path", "name", "ark"), TAKEN.values(), ids=TAKEN)
def test_a_name_is_folded_to_capitals_and_has_a_shadow(
    sandbox: Sandbox, path: str, name: str, ark: str
) -> None:
    answer = ezid(sandbox).put(f"/id/doi:{path}", content=RESERVED)

    assert (answer.status_code, answer.text) == (201, f"success: doi:{name} | ark:/{ark}")


@pytest.mark.parametrize(
    ("prefix", "ark"),
    [("10.1234", "b1234"), ("10.12345", "c2345"), ("10.52345", "h2345"), ("10.92345", "n2345")],
)
def test_a_prefix_of_five_digits_has_a_letter_for_the_first(sandbox: Sandbox, prefix: str, ark: str) -> None:
    account = sandbox.accounts.get("ezid", "apiuser")
    assert account is not None
    sandbox.accounts.replace(type(account)("ezid", "apiuser", "secret", (f"{prefix}/",)))

    answer = put(ezid(sandbox), f"{prefix}/ab", _status="reserved")

    assert answer.text == f"success: doi:{prefix}/AB | ark:/{ark}/ab"
    assert ezid(sandbox).get(f"/id/ark:/{ark}/ab").text.startswith(f"success: doi:{prefix}/AB\n")


REFUSED = {
    "capital-scheme": "DOI:10.7280/D1X",
    "bare": "10.7280/D1X",
    "address": "https://doi.org/10.7280/D1X",
    "space": "doi:10.7280/D1%20X",
    "hash": "doi:10.7280/D1%23",
    "question-mark": "doi:10.7280/D1%3FX",
    "accented": "doi:10.7280/D1%C3%A9",
    "line-end": "doi:10.7280/D1X%0A",
    "two-slashes": "doi:10.7280//D1X",
    "slash-at-end": "doi:10.7280/D1X%2F",
    "no-suffix": "doi:10.7280/",
    "prefix-of-three": "doi:10.728/D1X",
    "prefix-of-six": "doi:10.728012/D1X",
    "prefix-from-zero": "doi:10.0280/D1X",
    "sub-prefix": "doi:10.7280.1/D1X",
    "too-long": "doi:10.7280/d1" + "x" * 242,
    "ark-in-capitals": "ark:/b7280/D1ABC",
    "ark-without-slash": "ark:b7280/d1abc",
    "ark-of-none": "ark:/b0280/d1abc",
    "ark-out-of-its-form": "ark:/b7280/d1%2541",
}


@pytest.mark.parametrize("identifier", REFUSED.values(), ids=REFUSED)
def test_an_identifier_out_of_form_is_refused(sandbox: Sandbox, identifier: str) -> None:
    answer = ezid(sandbox).put(f"/id/{identifier}", content=RESERVED)

    assert (answer.status_code, answer.text) == (400, f"{BAD}invalid identifier")


@pytest.mark.parametrize("name", ["10.7280/d1abc", "10.7280/d1a-b.c..d%25(e)"])
def test_the_shadow_ark_is_another_name_for_the_doi(sandbox: Sandbox, name: str) -> None:
    made = ezid(sandbox).put(f"/id/doi:{name}", content=RESERVED).text
    # The status line encodes the percent signs of the ARK, and so does its address.
    ark = made.partition(" | ")[2]

    told = ezid(sandbox).get(f"/id/{ark}").text.partition("\n")[0]

    assert told == made.partition(" | ")[0]


def test_hyphens_in_the_shadow_ark_mean_nothing(sandbox: Sandbox) -> None:
    in_status(sandbox, "reserved")

    assert ezid(sandbox).get("/id/ark:/b7280/d-1a-bc").status_code == 200


def test_a_longer_name_finds_the_longest_that_it_begins_with(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    for name in ("10.7280/D1A", "10.7280/D1AB"):
        put(client, name, _status="reserved", note=name)

    near = client.get("/id/doi:10.7280/D1ABCD?prefix_match=yes").text.splitlines()
    exact = client.get("/id/doi:10.7280/D1AB?prefix_match=yes").text.splitlines()

    assert near[0] == "success: doi:10.7280/D1AB in_lieu_of doi:10.7280/D1ABCD"
    assert "note: 10.7280/D1AB" in near
    assert exact[0] == "success: doi:10.7280/D1AB"
    for query in ("", "?prefix_match=no"):
        assert client.get(f"/id/doi:10.7280/D1ABCD{query}").text == f"{BAD}no such identifier"


BROWSERS = {
    "plain": ({"Accept": "text/plain"}, False),
    "anything": ({"Accept": "*/*"}, False),
    "html": ({"Accept": "text/html"}, True),
    "xml-among-others": ({"Accept": "text/plain, application/xml;q=0.9"}, True),
    "xhtml": ({"Accept": "application/xhtml+xml"}, True),
    "like-html": ({"Accept": "text/html2"}, False),
    "mozilla": ({"Accept": "text/plain", "User-Agent": "Mozilla/5.0"}, True),
}


@pytest.mark.parametrize(("headers", "is_page"), BROWSERS.values(), ids=BROWSERS)
def test_a_browser_gets_web_pages_at_three_addresses(
    sandbox: Sandbox, headers: dict[str, str], *, is_page: bool
) -> None:
    in_status(sandbox, "reserved")
    client = ezid(sandbox)
    kinds = {
        path: client.get(path, headers=headers).headers["Content-Type"].partition(";")[0]
        for path in (f"/id/doi:{NAME}", "/login", "/logout", "/status", "/version")
    }

    page = "text/html" if is_page else "text/plain"
    assert list(kinds.values()) == [page, page, page, "text/plain", "text/plain"]


def test_a_mint_answers_a_browser_in_plain_text(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    headers = {"Accept": "text/html"}

    minted = client.post("/shoulder/doi:10.7280/D1", content=RESERVED, headers=headers)

    assert (minted.status_code, minted.text[:22]) == (201, "success: doi:10.7280/D")


STATUS = {
    "alone": ("", b"success: EZID is up"),
    "all": ("?subsystems=*", b"success: EZID is up\ndatacite: up\nsearch: up\n"),
    "one": ("?subsystems=search", b"success: EZID is up\nsearch: up\n"),
    "two-with-spaces": ("?subsystems=search,%20datacite", b"success: EZID is up\nsearch: up\ndatacite: up\n"),
    "unknown": ("?subsystems=colour", b"error: bad request - no such subsystem"),
    "other-parameter": ("?a=1", b"error: bad request - unrecognized URL query parameter 'a'"),
}


@pytest.mark.parametrize(("query", "body"), STATUS.values(), ids=STATUS)
def test_anybody_asks_whether_ezid_is_up(sandbox: Sandbox, query: str, body: bytes) -> None:
    assert ezid(sandbox, auth=None).get(f"/status{query}").content == body


def test_the_odd_ends_of_the_api(sandbox: Sandbox) -> None:
    client = ezid(sandbox, auth=None)

    version = client.get("/version")
    resolved = client.get("/doi:10.7280/D1%3C")
    nothing = client.get("/nothing")

    assert (version.status_code, version.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert (resolved.status_code, resolved.headers["Location"]) == (302, "https://doi.org/10.7280/D1%3C")
    assert (nothing.status_code, nothing.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
