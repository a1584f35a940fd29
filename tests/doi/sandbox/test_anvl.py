"""EZID's line format, byte for byte: by itself, and through the API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doi.sandbox.ezid import anvl
from tests.doi.sandbox.calls import ELEMENTS, ezid, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, ezid_sandbox, in_status, read

READ = {
    "two-lines": ("a: 1\nb:2", {"a": "1", "b": "2"}),
    "every-line-end": ("a: 1\r\nb: 2\rc: 3", {"a": "1", "b": "2", "c": "3"}),
    "continuation": ("a: one\n  two\n\tthree", {"a": "one two three"}),
    "continuation-of-nothing": ("a:\n two", {"a": "two"}),
    "blank-continuation": ("a: one\n   \n two", {"a": "one two"}),
    "encoded-continuation": ("a: one\n %0Atwo", {"a": "one two"}),
    "comments": ("# a comment\na: 1\n# another\n more", {"a": "1 more"}),
    "comment-mark-within": ("a: 1 # 2\nb#: 3", {"a": "1 # 2", "b#": "3"}),
    "empty-lines": ("\n\na: 1\n\n\nb: 2\n", {"a": "1", "b": "2"}),
    "encoded": ("a: x%0Ay%25%3a", {"a": "x\ny%:"}),
    "encoded-name": ("a%3Ab: 1", {"a:b": "1"}),
    "encoded-mark": ("%23a: 1", {"#a": "1"}),
    # A code is one character and no byte of UTF-8.
    "encoded-utf-8": ("a: caf%C3%A9 é", {"a": "caf\u00c3\u00a9 é"}),
    "other-line-ends": ("a: one\u2028two\x0bthree", {"a": "one\u2028two\x0bthree"}),
    "white-space-dropped": ("a \t: \u00a0 1 \x85", {"a": "1"}),
    "encoded-white-space-dropped": ("a: %20%0A1%09", {"a": "1"}),
    "colons": ("a: b: c", {"a": "b: c"}),
    "no-value": ("a:", {"a": ""}),
    "nothing": ("", {}),
}


@pytest.mark.parametrize(("text", "elements"), READ.values(), ids=READ)
def test_elements_are_read_as_ezid_reads_them(text: str, elements: dict[str, str]) -> None:
    assert anvl.parse(text) == elements


WRONG = {
    "percent-alone": (b"a: 100%", "ANVL parse error (percent-decode error)"),
    "percent-and-one-digit": (b"a: %4", "ANVL parse error (percent-decode error)"),
    "percent-in-a-name": (b"a%zz: 1", "ANVL parse error (percent-decode error)"),
    "percent-in-a-continuation": (b"a: 1\n %zz", "ANVL parse error (percent-decode error)"),
    "repeated-label": (b"a: 1\na: 2", "ANVL parse error (repeated label)"),
    "repeated-when-decoded": (b"a: 1\n%61 : 2", "ANVL parse error (repeated label)"),
    "no-colon": (b"_status reserved", "ANVL parse error (no colon in line)"),
    "continuation-first": (b" a: 1", "ANVL parse error (no previous label for continuation line)"),
    "continuation-after-an-empty-line": (
        b"a: 1\n\n more",
        "ANVL parse error (no previous label for continuation line)",
    ),
    "empty-label": (b": 1", "ANVL parse error (empty label)"),
    "blank-label": (b"%20: 1", "ANVL parse error (empty label)"),
    "not-utf-8": (b"a: \xff", "character decoding error"),
}


@pytest.mark.parametrize(("body", "words"), WRONG.values(), ids=WRONG)
def test_a_body_that_cannot_be_read_is_refused_in_ezids_words(body: bytes, words: str) -> None:
    answer = ezid(ezid_sandbox()).put(f"/id/doi:{NAME}", content=body)

    assert (answer.status_code, answer.text) == (400, BAD + words)


def test_exactly_percent_and_line_ends_are_encoded_and_colons_in_names() -> None:
    assert anvl.write({"a:b": "1:2% é\r\n"}) == "a%3Ab: 1:2%25 é%0D%0A\n"


def test_a_lone_status_line_has_no_end_and_every_line_above_elements_has_one() -> None:
    sandbox = ezid_sandbox()
    made = put(ezid(sandbox), NAME, _status="reserved").content
    lines = ezid(sandbox).get(f"/id/doi:{NAME}").content

    assert made == b"success: doi:10.7280/D1ABC | ark:/b7280/d1abc"
    assert lines.startswith(b"success: doi:10.7280/D1ABC\n")
    assert lines.endswith(b"\n")
    assert not lines.endswith(b"\n\n")


# What XML takes; EZID puts a space for anything else.
characters = st.characters(
    exclude_categories=["Cs"], include_characters="%:#\r\n\t\x85\u2028", exclude_characters="\ufffe\uffff"
).filter(
    lambda one: one in "\t\r\n\x85" or not (one < " " or "\x7f" <= one <= "\x9f" or is_noncharacter(one))
)
values = st.text(characters, min_size=1, max_size=60)
labels = values.map(str.strip).filter(lambda name: name != "" and not name.startswith("_"))


def is_noncharacter(one: str) -> bool:
    return "\ufdd0" <= one <= "\ufddf" or ord(one) & 0xFFFE == 0xFFFE


@given(st.dictionaries(labels, values.map(str.strip).filter(bool), min_size=1, max_size=4))
def test_what_was_put_is_read_back_byte_for_byte(elements: dict[str, str]) -> None:
    known = {"datacite", "datacite.resourcetype", "crossref"}
    put_in = {name: value for name, value in elements.items() if name not in known}
    sandbox = ezid_sandbox()
    # A name that begins with a comment's mark needs a code for it.
    body = "".join(anvl.write({name: value}).replace("#", "%23", 1) for name, value in put_in.items())

    made = ezid(sandbox).put(f"/id/doi:{NAME}", content=f"_status: reserved\n{body}".encode())
    lines = ezid(sandbox).get(f"/id/doi:{NAME}").content.split(b"\n")

    assert made.status_code == 201, made.text
    assert {anvl.write({name: value}).encode()[:-1] for name, value in put_in.items()} <= set(lines)


@pytest.mark.parametrize("odd", ["\x00", "\x0b", "\x1b", "\x7f", "\x9f", "\ufdd0", "\uffff", "\U0001fffe"])
def test_what_xml_does_not_take_becomes_a_space(odd: str) -> None:
    sandbox = ezid_sandbox()

    put(ezid(sandbox), NAME, _status="reserved", note=f"a{odd}b")

    assert read(sandbox)["note"] == "a b"


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(("encoded", "status"), [(True, "reserved"), (False, "public")])
def test_a_title_sets_the_status_only_when_its_client_does_not_encode(
    line_end: str, status: str, *, encoded: bool
) -> None:
    sandbox = ezid_sandbox()
    in_status(sandbox, "reserved")
    title = f"x{line_end}_status: public"

    written = anvl.encode_value(title) if encoded else title
    answer = ezid(sandbox).post(f"/id/doi:{NAME}", content=f"datacite.title: {written}".encode())

    assert answer.status_code == 200
    assert read(sandbox)["_status"] == status
    assert read(sandbox)["datacite.title"] == (anvl.encode_value(title) if encoded else "x")
    assert read(sandbox)["datacite.creator"] == ELEMENTS["datacite.creator"]
