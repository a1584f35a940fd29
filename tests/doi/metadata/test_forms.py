"""Addresses, codes and language tags."""

import pytest

from doi.metadata.forms import (
    code_fault,
    is_blank,
    language_fault,
    shown,
    uri_fault,
    web_address_fault,
)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "https://example.org/a?b=c#d",
        "HTTP://EXAMPLE.ORG/",
        "http://user:word@example.org:8080/~x/(a),b;c",
        "https://[2001:db8::1]/x",
        "https://münchen.example/straße/水",
        "info:eu-repo/semantics/openAccess",
        "urn:nbn:de:bvb:12-x",
        "mailto:a@example.org",
        "ftp://example.org/x%20y",
        "file:///x",
    ],
)
def test_addresses_are_let_pass(text: str) -> None:
    assert uri_fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "not a uri",
        "example.org/x",
        "//example.org",
        "http://",
        "https:///x",
        "http:",
        "http://:80/",
        "http://user@/",
        "http://a b",
        "http://a/%zz",
        "http://a/#b#c",
        "http://a/[b]",
        "http://[x",
        "http://x:abc/",
        "http://x:99999999999/",
        "http://a/{x}",
        "1:2",
        "::",
        "http://example.org/\u202egro",
        "http://a\u00a0b",
    ],
)
def test_what_is_no_address_is_named(text: str) -> None:
    assert f"“{text}” is not a web address" in str(uri_fault(text))


@pytest.mark.parametrize("text", ["105.1", "05C 50", "D011593", "https://example.org/c#1", "a/b", "§ 7"])
def test_codes_are_let_pass(text: str) -> None:
    assert code_fault(text) is None


@pytest.mark.parametrize(("text", "sign"), [("1:2", ":"), ("100%", "%"), ("a[1]", "["), ("#1", "#")])
def test_codes_that_the_schema_takes_for_broken_addresses_are_named(text: str, sign: str) -> None:
    assert f"may not contain “{sign}”" in str(code_fault(text))


@pytest.mark.parametrize(
    "text", ["en", "EN", "en-us", "sgn", "zh-cmn-Hans-CN", "de-1996", "x-mine", "en-a-bbb-x-a", "i-klingon"]
)
def test_language_tags_are_let_pass(text: str) -> None:
    assert language_fault(text) is None


@pytest.mark.parametrize(
    "text", ["english", "en_US", "e", "12", "en-", "en--us", "de, en", "日本語", "en-abcdefghi"]
)
def test_what_is_no_language_tag_is_named(text: str) -> None:
    assert f"“{text}” is not a language code" in str(language_fault(text))


@pytest.mark.parametrize(
    "text", ["https://example.org/", "api.example.org/v1", "urn:x:y", "http://a/{x}.dat"]
)
def test_related_addresses_are_judged_mildly(text: str) -> None:
    assert web_address_fault(text) is None


@pytest.mark.parametrize("text", ["see there", "nowhere", "www.example.org and more"])
def test_related_addresses_that_lead_nowhere_are_named(text: str) -> None:
    assert "is not a web address" in str(web_address_fault(text))


@pytest.mark.parametrize(
    ("text", "blank"),
    [("", True), (" \n\u00a0", True), ("\u200b\ufeff", True), (" a ", False), ("🌊", False)],
)
def test_blank_is_what_nobody_can_see(text: str, blank: bool) -> None:  # noqa: FBT001  # a table of cases
    assert is_blank(text) is blank


def test_long_texts_are_shown_with_a_visible_cut() -> None:
    assert shown("x" * 120) == "x" * 120
    assert shown("x" * 121) == "x" * 119 + "…"
