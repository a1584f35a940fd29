"""ANVL loses nothing and lets nothing begin a line of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doi.registries import anvl
from doi.sandbox.ezid import anvl as theirs

values = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
element_names = values.filter(lambda name: name.strip() != "")


@given(st.dictionaries(element_names, values, max_size=5))
def test_what_is_written_is_read_back(elements: dict[str, str]) -> None:
    assert anvl.decode(anvl.encode(elements)) == elements


@given(st.dictionaries(st.from_regex(r"_?[a-z]+(\.[a-z]+)?", fullmatch=True), values, max_size=5))
def test_the_registry_reads_what_we_write(elements: dict[str, str]) -> None:
    read = theirs.parse(anvl.encode(elements))

    # It drops white space at the ends of a value, escaped or not.
    assert read == {name: value.strip() for name, value in elements.items()}


@given(values)
def test_a_value_stays_on_its_line(value: str) -> None:
    assert anvl.encode({"_target": value}).replace("\r", "\n").count("\n") == 1


@pytest.mark.parametrize(
    "value", ["x\n_status: public", "x\r_status: public", "x\r\n_status: public", "%0A_status: public"]
)
def test_a_value_cannot_become_an_element(value: str) -> None:
    encoded = anvl.encode({"_status": "reserved", "title": value})

    assert anvl.decode(encoded) == {"_status": "reserved", "title": value}
    assert len(encoded.splitlines()) == 2


def test_other_line_breaks_are_ordinary_characters() -> None:
    assert anvl.decode("a: x\u2028b: y\x85z\n") == {"a": "x\u2028b: y\x85z"}


def test_comments_and_lines_without_a_colon_are_left_out() -> None:
    assert anvl.decode("# note: this\nplain\na: 1\na: 2\n") == {"a": "1"}


def test_a_status_line_is_decoded() -> None:
    assert anvl.split_status("success: doi:10.5072/A%25B\n_status: public\n") == (
        "success: doi:10.5072/A%B",
        "_status: public\n",
    )
    assert anvl.split_status("success: x") == ("success: x", "")
