"""What is kept of a registry's words: no credential in any spelling, one line, at most 500 characters."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doi.registries import Credentials
from doi.registries.http import WORDS_LIMIT, Channel
from tests.support.limits import at_most

USER, PASSWORD = "ORG.RÉPO", "p&ä <\\w\"'%41+/~z~~~???>>>ÿÿ"
PAIR = f"{USER}:{PASSWORD}"


def kept(text: str, *, user: str = USER, password: str = PASSWORD) -> str:
    """The words that are kept where the registry says `text`."""
    channel = Channel(
        label="DataCite",
        base_url="https://registry.example",
        credentials=Credentials(user, password),
        headers={},
        transport=httpx.MockTransport(lambda _request: httpx.Response(200)),
        max_connections=1,
    )
    return channel.words(text)


def in_base_64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lower case": str.lower,
    "percent": lambda text: quote(text, safe=""),
    "percent, lower case": lambda text: quote(text, safe="").lower(),
    "percent, slashes kept": quote,
    "form": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json, unescaped": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "rails": lambda text: (
        json.dumps(text)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    ),
    "html": html.escape,
    "html, numbers": lambda text: html.escape(text).replace("&#x27;", "&#39;"),
    "html, quotes kept": lambda text: html.escape(text, quote=False),
    "base 64": in_base_64,
    "base 64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base 64 without its end": lambda text: in_base_64(text).rstrip("="),
}


@pytest.mark.parametrize("secret", [USER, PASSWORD, PAIR], ids=["user", "password", "both"])
@pytest.mark.parametrize("spelling", list(SPELLINGS))
def test_credentials_are_taken_out_in_every_spelling(spelling: str, secret: str) -> None:
    written = SPELLINGS[spelling](secret)

    words = kept(f"one {written} two {written}, three")

    assert words.replace("=", "") == "one *** two ***, three"


def test_a_name_that_is_an_ordinary_word_is_taken_out_as_a_word_only() -> None:
    assert kept("data of dataset is no metadata: data", user="data") == "*** of dataset is no metadata: ***"


@pytest.mark.parametrize("text", ["a&b023", "a&amp;b023"])
def test_a_password_is_taken_out_of_what_was_decoded_on_the_way(text: str) -> None:
    assert kept(f"error: {text}", password="a&b%3023") == "error: ***"


def test_words_are_one_line_of_printable_characters() -> None:
    assert kept("  one\ttwo\r\n\x00three\u2028four\x1b[31m ") == "one two three four [31m"


def test_a_password_that_was_broken_over_two_lines_is_taken_out() -> None:
    assert kept("one pass\n  word two", password="pass word") == "one *** two"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<hr><center>nginx</center></html>",
            "502 Bad Gateway nginx",
        ),
        ("<!DOCTYPE html><style>p {color: red}</style><script>x<1</script><p>Back &amp; soon", "Back & soon"),
        ("<HTML lang=en>a<br/>b", "a b"),
        ("<html>one<!-- comment > x --> two <!doctype y>three", "one two three"),
        ("<html>seen<script>if (a < b) {", "seen"),
        ("<html>2 < 3 <b", "2 < 3"),
        ("error: a title <i>with</i> tags", "error: a title <i>with</i> tags"),
        ("<htmlx> no page", "<htmlx> no page"),
    ],
)
def test_of_a_page_only_what_a_person_sees_is_kept(page: str, words: str) -> None:
    assert kept(page) == words


def test_a_password_in_a_page_is_taken_out() -> None:
    assert kept(f"<html><b>{html.escape(PASSWORD)}</b> <a href='?{quote(PASSWORD)}'>x</a>") == "*** x"


def test_words_are_cut() -> None:
    assert kept("x" * WORDS_LIMIT) == "x" * 500
    assert kept("x" * 501) == "x" * 499 + "…"


@given(st.text(min_size=4), st.text(st.characters(codec="utf-8"), max_size=700))
def test_a_password_never_comes_through(password: str, text: str) -> None:
    words = kept(f"{text}{password}{text}", password=password)

    assert len(words) <= WORDS_LIMIT
    assert password not in words or password in "***"


@pytest.mark.parametrize(
    "piece", ["<script ", "<", "<a", "<!-- ", "<!--", " ", "<style>", "</script", "&", USER]
)
@pytest.mark.parametrize("begin", ["<html>", ""])
def test_whatever_a_megabyte_of_an_answer_is_made_of_it_is_read_at_once(begin: str, piece: str) -> None:
    with at_most(1):
        assert len(kept(begin + piece * (1024 * 1024 // len(piece)))) <= WORDS_LIMIT


@pytest.mark.parametrize("length", range(19_990, 20_020))
def test_a_password_is_not_cut_in_two_where_the_text_is(length: int) -> None:
    # What stands before it is white space, so that whatever is left of the password would be kept.
    assert "kept-secret"[:4] not in kept(
        "x" + " " * length + "kept-secret" + " " * 20_000, password="kept-secret"
    )
