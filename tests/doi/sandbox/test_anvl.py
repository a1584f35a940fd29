"""EZID's line format, byte for byte."""

import pytest

from doi.sandbox.ezid import anvl


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("a: 1\nb:2", {"a": "1", "b": "2"}),
        ("a: 1\r\nb: 2\rc: 3", {"a": "1", "b": "2", "c": "3"}),
        ("a: one\n  two\n\tthree", {"a": "one two three"}),
        ("# a comment\na: 1\n# another\n more", {"a": "1 more"}),
        ("a: x%0Ay%25%3a", {"a": "x\ny%:"}),
        ("a%3Ab: 1", {"a:b": "1"}),
        ("a: caf%C3%A9 é", {"a": "caf\u00c3\u00a9 é"}),
        ("a: one\u2028two\x85", {"a": "one\u2028two"}),
        ("a: b: c", {"a": "b: c"}),
        ("a:", {"a": ""}),
        ("", {}),
    ],
)
def test_elements_are_read_as_ezid_reads_them(text: str, elements: dict[str, str]) -> None:
    assert anvl.parse(text) == elements


def test_an_empty_line_ends_what_a_continuation_may_continue() -> None:
    with pytest.raises(anvl.AnvlError, match="no previous label"):
        anvl.parse("a: 1\n\n more")


def test_exactly_percent_and_line_ends_are_encoded_and_colons_in_names() -> None:
    assert anvl.write({"a:b": "1:2% é\r\n"}) == "a%3Ab: 1:2%25 é%0D%0A\n"


@pytest.mark.parametrize("value", ["", "100%", "%25", "a\r\nb", "# no comment", "é \u2028 ✓"])
def test_what_was_written_is_read_again(value: str) -> None:
    assert anvl.parse(anvl.write({"name": value})) == {"name": value.strip()}
