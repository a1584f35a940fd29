"""DOI names, over the awkward ones that exist and over what Hypothesis thinks of."""

import re
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doi import names
from doi.errors import InvalidNameError
from doi.states import Provider
from tests.doi.name_vectors import VECTORS

ROWS = [pytest.param(name, url, id=row) for row, name, url, *_verdicts in VECTORS]
BY_ROW = {row: name for row, name, *_rest in VECTORS}
LINKS = {row: url for row, _name, url, *_verdicts in VECTORS}
VERSION = uuid.UUID("7c5d0f0a-3f0e-4a55-9d53-0d9a3c1f6a10")

printable = st.characters(exclude_categories=["Cc", "Cs"])
suffixes = (
    st.text(printable, min_size=1, max_size=60)
    .map(lambda text: text.strip().strip("\u200b\ufeff").strip())
    .filter(lambda text: text != "" and not text[0].isspace())
    .filter(lambda text: text == text.strip("\u200b\ufeff \t"))
)
prefixes = st.from_regex(r"10\.[0-9]{4,9}(\.[0-9]{1,4})?", fullmatch=True)


@pytest.mark.parametrize(("name", "url"), ROWS)
def test_a_name_becomes_exactly_the_link_the_handbook_describes(name: str, url: str) -> None:
    assert names.to_url(name) == url


@pytest.mark.parametrize(("name", "url"), ROWS)
def test_a_link_leads_back_to_its_name(name: str, url: str) -> None:
    assert names.parse_name(url).name == names.fold(name)


@pytest.mark.parametrize(("name", "url"), ROWS)
@pytest.mark.parametrize("label", ["", "doi:", "DOI: ", "info:doi/", "urn:doi:", " \u200b", "\n doi:\t"])
def test_a_bare_or_labelled_name_is_taken_as_it_stands(label: str, name: str, url: str) -> None:
    assert names.parse_name(f"{label}{name}").name == names.fold(name)


@pytest.mark.parametrize(
    "proxy",
    [
        "https://doi.org/",
        "http://doi.org/",
        "https://dx.doi.org/",
        "HTTP://DX.DOI.ORG/",
        "https://www.doi.org/",
        "doi.org/",
        "doi: https://doi.org/",
        "https://doi.org/doi:",
        "https://doi.org/urn:doi:",
    ],
)
@pytest.mark.parametrize("row", ["2", "8", "21", "31", "38", "S3", "S6"])
def test_every_spelling_of_the_proxy_is_taken_off(proxy: str, row: str) -> None:
    escaped = LINKS[row].removeprefix("https://doi.org/")

    assert names.parse_name(f"  {proxy}{escaped}\n").name == names.fold(BY_ROW[row])


def test_the_colon_form_of_the_urn_is_read() -> None:
    assert names.parse_name("https://doi.org/urn:doi:10.123:456").name == "10.123/456"
    assert names.parse_name("urn:doi:10.123:456%2F7").name == "10.123/456/7"


def test_a_name_is_split_at_its_first_slash_only() -> None:
    name = names.parse_name("10.1000.10/a/b")

    assert (name.prefix, name.suffix, name.registrant_code) == ("10.1000.10", "a/b", "1000.10")
    assert str(name) == "10.1000.10/a/b"


def test_literal_percent_signs_of_a_bare_name_are_not_decoded() -> None:
    assert names.parse_name("10.1000/100%25").name == "10.1000/100%25"
    assert names.parse_name("https://doi.org/10.1000/100%2525").name == "10.1000/100%25"


def test_letters_outside_ascii_are_not_folded() -> None:
    cyrillic = BY_ROW["31"]

    assert names.parse_name(cyrillic.upper()) != names.parse_name(cyrillic)
    assert names.fold("ÀÉÑΩЖİ") == "ÀÉÑΩЖİ"
    assert names.parse_name("10.1594/PANGAEA.726855") == names.parse_name("10.1594/pangaea.726855")


def test_an_invisible_mark_is_part_of_the_name() -> None:
    marked = BY_ROW["38"]

    assert names.parse_name(marked).name.endswith("\u200e")
    assert names.parse_name(marked) != names.parse_name(marked.removesuffix("\u200e"))


def test_a_space_inside_a_name_is_kept() -> None:
    assert names.parse_name(f" {BY_ROW['39']} ").name == "10.23750/abm.v88i2 -s.6506"


def test_dot_segments_at_the_end_survive_a_client_that_collapses_them() -> None:
    assert names.to_url("10.1000/a/..") == "https://doi.org/10.1000/a%2F.."
    assert names.parse_name("https://doi.org/10.1000/a%2F..").name == "10.1000/a/.."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No DOI was given"),
        (" \u200b ", "No DOI was given"),
        ("hello", "“hello” is not a DOI"),
        ("10.1234", "“10.1234” is only a prefix"),
        ("10.1234/", "“10.1234/” is only a prefix"),
        ("https://doi.org/10.1234/", "is only a prefix"),
        ("11.1234/abc", "is not a DOI"),
        ("10./abc", "is not a DOI"),
        ("10.１２３４/abc", "is not a DOI"),
        ("https://example.org/10.1234/abc", "is not a DOI"),
        ("10.1234/ab\ncd", "control character U+000A"),
        ("10.1234/ab\x00cd", "control character U+0000"),
        ("10.1234/ab\ud800cd", "control character U+D800"),
        ("https://doi.org/10.1234/%ff", "not UTF-8"),
        ("10.1234/" + "a" * 600, "longer than the 512 characters"),
        ("x" * 5000, "…” is not a DOI"),
    ],
)
def test_what_is_not_a_name_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidNameError) as caught:
        names.parse_name(text)

    message = str(caught.value)
    assert words in message
    assert message.endswith(".")
    assert len(message) < 250


@given(prefix=prefixes, suffix=suffixes)
def test_name_to_link_to_name_loses_nothing(prefix: str, suffix: str) -> None:
    name = f"{prefix}/{suffix}"

    url = names.to_url(name)

    assert names.parse_name(url).name == names.fold(name)
    assert url.isascii()
    assert " " not in url


@given(prefix=prefixes, suffix=suffixes)
def test_a_link_has_no_dot_segment_that_a_client_would_remove(prefix: str, suffix: str) -> None:
    path = names.to_url(f"{prefix}/{suffix}").removeprefix("https://doi.org")

    assert not {".", ".."} & set(path.split("/"))


@given(st.text())
def test_folding_twice_is_folding_once_and_keeps_the_length(text: str) -> None:
    once = names.fold(text)

    assert names.fold(once) == once
    assert len(once) == len(text)
    assert not set(once) & set(string.ascii_uppercase)


@given(st.text())
def test_any_text_gives_a_name_or_the_one_error(text: str) -> None:
    try:
        name = names.parse_name(text)
    except InvalidNameError:
        return
    assert names.parse_name(name.name) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.82053", "10.82053"),
        (" 10.82053/ ", "10.82053"),
        ("doi:10.82053/", "10.82053"),
        ("DOI: 10.82053", "10.82053"),
        ("https://doi.org/10.82053", "10.82053"),
        ("https://doi.org/10.82053/", "10.82053"),
        ("http://dx.doi.org/10.82053/", "10.82053"),
        ("doi:10.5072/FK2", "10.5072/fk2"),
        ("10.5072/FK2", "10.5072/fk2"),
        ("10.13030/d1/", "10.13030/d1/"),
        ("10.1000.10", "10.1000.10"),
    ],
)
def test_a_prefix_is_taken_in_every_form_people_paste(text: str, expected: str) -> None:
    assert str(names.parse_prefix(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "82053", "10.", "10.82x53", "11.82053", "10.82053.", "10..1", "doi:", "10.5072/FK 2"],
)
def test_what_is_not_a_prefix_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(InvalidNameError, match=r"10\.") as caught:
        names.parse_prefix(text)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("shoulder", ["FK#2", "FK?", "FK//2", "/FK", "Ä", "a\nb", 'a"b'])
def test_a_shoulder_takes_only_what_the_registry_takes(shoulder: str) -> None:
    with pytest.raises(InvalidNameError, match="is not a shoulder"):
        names.parse_prefix(f"10.5072/{shoulder}")


@pytest.mark.parametrize(
    ("text", "provider", "expected"),
    [
        ("10.5072", Provider.DATACITE, True),
        ("10.5072/FK2", Provider.EZID, True),
        ("10.15697", Provider.EZID, True),
        ("10.15697", Provider.DATACITE, False),
        ("10.82053", Provider.DATACITE, False),
        ("10.82053/fk2", Provider.EZID, False),
    ],
)
def test_prefixes_that_never_reach_the_resolver_are_known(
    text: str, provider: Provider, *, expected: bool
) -> None:
    assert names.is_test_prefix(names.parse_prefix(text), provider) is expected


def test_shoulders_of_ezid_are_told_apart() -> None:
    assert names.is_ezid_test_shoulder(names.parse_prefix("doi:10.5072/FK2"))
    assert not names.is_ezid_test_shoulder(names.parse_prefix("10.5072"))
    assert not names.is_ezid_test_shoulder(names.parse_prefix("10.15697/"))
    assert names.is_crossref_shoulder(names.parse_prefix("doi:10.15697/"))
    assert not names.is_crossref_shoulder(names.parse_prefix("10.156970"))


@pytest.mark.parametrize(
    ("number", "suffix"), [(122149076, "3mfp-6m52"), (123456, "003r-j076"), (1234578, "015n-mj18")]
)
def test_suffixes_are_written_as_datacite_writes_them(number: int, suffix: str) -> None:
    assert names.encode_suffix(number) == suffix
    assert names.has_valid_check_digits(suffix)
    assert names.has_valid_check_digits(f"fk2-{suffix.upper()}")


@pytest.mark.parametrize(
    "suffix", ["", "3mfp-6m53", "3mfp6m52", "3mfo-6m52", "003r-j077", "3mfp-6m52x", "3mfp-6m52\n"]
)
def test_a_mistyped_suffix_is_noticed(suffix: str) -> None:
    assert not names.has_valid_check_digits(suffix)


@given(st.integers(min_value=0, max_value=2**30 - 1), st.integers(0, 7), st.sampled_from(names.ALPHABET))
def test_one_wrong_character_never_passes(number: int, position: int, other: str) -> None:
    right = names.encode_suffix(number)
    index = position if position < 4 else position + 1
    wrong = right[:index] + other + right[index + 1 :]

    assert names.has_valid_check_digits(right)
    assert wrong == right or not names.has_valid_check_digits(wrong)


@given(st.uuids(), st.sampled_from(["10.82053", "10.5072/fk2"]), st.integers(0, 1000))
def test_a_name_is_derived_and_not_drawn(version: uuid.UUID, prefix: str, attempt: int) -> None:
    suffix = names.derive_suffix(version, prefix=prefix, attempt=attempt)

    assert suffix == names.derive_suffix(version, prefix=prefix, attempt=attempt)
    assert re.fullmatch(rf"[{names.ALPHABET}]{{4}}-[{names.ALPHABET}]{{2}}[0-9]{{2}}", suffix)
    assert names.has_valid_check_digits(suffix)


def test_the_derivation_never_changes() -> None:
    # A database restored from a backup finds its DOIs again only while this holds.
    assert names.derive_suffix(VERSION, prefix="10.82053", attempt=0) == "x4fh-4x16"
    assert names.derive_suffix(VERSION, prefix="10.82053", attempt=1) == "yb0g-0m47"


def test_a_shoulder_takes_the_suffix_without_a_separator() -> None:
    under_shoulder = names.derive_name(VERSION, prefix="10.5072/fk2", attempt=0)
    under_prefix = names.derive_name(VERSION, prefix="10.82053", attempt=0)

    assert under_shoulder == "10.5072/fk2" + names.derive_suffix(VERSION, prefix="10.5072/fk2", attempt=0)
    assert under_prefix == "10.82053/" + names.derive_suffix(VERSION, prefix="10.82053", attempt=0)
    assert names.parse_name(under_shoulder).name == under_shoulder


def test_names_are_found_in_running_text() -> None:
    text = (
        "See doi:10.1594/PANGAEA.726855. Compare (10.1130/2013.2502(04)) and "
        "https://doi.org/10.1002/(SICI)1096-8644(199601)99:1%3C1::AID-AJPA1%3E3.0.CO;2-1, "
        '<a href="https://doi.org/10.1021/bc030018%2B">10.1021/bc030018+</a>; '
        "10.1175/1520-0485(2002)032<0870:CT>2.0.CO;2; 10.1207/S15327965PLI1503&4_01."
    )

    assert names.find_names(text) == [
        "10.1594/pangaea.726855",
        "10.1130/2013.2502(04)",
        "10.1002/(sici)1096-8644(199601)99:1<1::aid-ajpa1>3.0.co;2-1",
        "10.1021/bc030018+",
        "10.1175/1520-0485(2002)032<0870:ct>2.0.co;2",
        "10.1207/s15327965pli1503&4_01",
    ]


@pytest.mark.parametrize("row", ["15", "32", "34", "S3"])
def test_half_a_name_is_not_reported(row: str) -> None:
    assert names.find_names(f"see {BY_ROW[row]} for more") == []


@pytest.mark.parametrize(
    "name", [name for _row, name, _url, crossref, *_ in VECTORS if crossref and not name.endswith(".")]
)
def test_what_the_first_pattern_takes_is_found(name: str) -> None:
    assert names.find_names(f"“{name}”") == [names.fold(name)]


def test_version_numbers_are_not_names() -> None:
    assert names.find_names("Debian 12.10.1234/5, part 10.12 and 10.1234") == []
