"""ANVL loses nothing and lets nothing begin a line of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doi.registries import anvl
from doi.sandbox.ezid import anvl as theirs
from tests.support.limits import at_most

values = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
breakouts = st.sampled_from(["\n", "\r", "\r\n", "%0A", "\u2028", "\x85", "\x0b", "\x1e"])
# Text that tries to begin a line of its own, in the middle of other text.
hostile = st.builds("{}{}_status: public{}".format, values, breakouts, values)
ELEMENTS = st.from_regex(r"_?[a-z]+(\.[a-z]+)?", fullmatch=True)


def stripped(elements: dict[str, str]) -> dict[str, str]:
    """Elements as they arrive: white space at the ends is dropped, escaped or not."""
    return {name: value.strip() for name, value in elements.items()}


@given(st.dictionaries(ELEMENTS, values, max_size=5))
def test_what_is_written_is_read_back(elements: dict[str, str]) -> None:
    assert stripped(anvl.decode(anvl.encode(elements))) == stripped(elements)


# Both codecs were written from EZID's source and neither from the other.
@given(st.dictionaries(ELEMENTS, values | hostile, max_size=5))
def test_the_registry_reads_what_we_write(elements: dict[str, str]) -> None:
    assert theirs.parse(anvl.encode(elements)) == stripped(elements)


@given(st.dictionaries(ELEMENTS, values | hostile, max_size=5))
def test_we_read_what_the_registry_writes(elements: dict[str, str]) -> None:
    written = f"{theirs.encode_value('success: doi:10.5072/A%B')}\n{theirs.write(stripped(elements))}"

    status, lines = anvl.split_status(written)

    assert status == "success: doi:10.5072/A%B"
    assert anvl.decode(lines) == stripped(elements)


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


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\r", "\x0b", "\x0c"])
def test_a_megabyte_of_white_space_is_written_and_read_at_once(blank: str) -> None:
    elements = {f"a{blank * 500_000}b": f"a{blank * 1_000_000}b"}

    with at_most(3):
        assert anvl.decode(anvl.encode(elements)) == elements


@pytest.mark.parametrize("blank", list(" \t\n\r\x0b\x0c"))
def test_white_space_at_the_ends_is_escaped(blank: str) -> None:
    code = f"%{ord(blank):02X}"

    written = anvl.encode({f"{blank}#a:b{blank}": f"{blank}{blank}c{blank}", f"{blank}": f"{blank}{blank}"})

    assert written == f"{code}%23a%3Ab{code}: {code}{code}c{code}\n{code}: {code}{code}\n"
