"""A page at a permanent address does not fail over what a record says."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doi.kernel4 import PROPERTIES, RECORD, Many, Members, Polygons
from doi.landing.discovery import json_ld, link_header, meta_tags
from doi.landing.facts import Shelf, facts
from doi.landing.formats import available
from doi.landing.legible import legible
from doi.landing.links import identifier, web
from doi.landing.record import Kind, Name, Record, Standing
from doi.landing.text import inline, paragraphs
from doi.landing.words import spoken
from doi.metadata import normalise
from tests.datasets.make import METADATA

RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text(st.characters(), max_size=30) | st.sampled_from(
    [
        "2020-01-01/2021",
        "https://example.org/a b",
        "<i>x</i>",
        "10.1234/x",
        "0000-0002-1825-0097",
        "doi",
        "ORCID",
    ]
)


def like(shape: Any) -> st.SearchStrategy[Any]:
    """Values of a shape, with rubbish here and there."""
    match shape:
        case Members():
            members = {name: like(member.shape) for name, member in shape.members.items()}
            return st.fixed_dictionaries({}, optional=members) | RUBBISH
        case Many():
            return st.lists(like(shape.item), max_size=2) | RUBBISH
        case Polygons():
            entry = st.fixed_dictionaries(
                {}, optional={"polygonPoint": like(shape.point), "inPolygonPoint": RUBBISH}
            )
            return st.lists(entry | st.lists(entry, max_size=3), max_size=3) | RUBBISH
        case _:
            return TEXTS | st.integers(-200, 200) | st.floats() | RUBBISH


def record(metadata: dict[str, Any]) -> Record:
    import uuid

    return Record(
        uuid.UUID(int=1),
        Kind.PUBLIC,
        organization="Hydro",
        name=Name("10.1234/abcd-ef89", Standing.RESOLVES),
        title="River",
        number="1.0",
        metadata=metadata,
    )


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(raw=like(RECORD))
def test_no_record_breaks_the_page_or_its_documents(raw: Any) -> None:
    stored = normalise(raw) if isinstance(raw, dict) else raw
    shown = record(legible(stored))
    context = {
        "record": shown,
        "facts": facts(shown.metadata, title=shown.title),
        "citation": "",
        "documents": [],
    }
    for template in ("_title", "_record", "_facts"):
        render_to_string(f"doi/landing/{template}.html", context)
    assert link_header(shown).isascii()
    assert meta_tags(shown)
    assert "<" not in json_ld(shown)
    for one in available(shown):
        assert one.render(shown)


@given(metadata=like(RECORD))
def test_what_is_legible_stays_so(metadata: Any) -> None:
    once = legible(metadata)
    assert legible(once) == once
    assert set(once) <= set(PROPERTIES)


def test_a_sound_record_is_shown_as_it_is() -> None:
    assert legible(METADATA) == METADATA


def test_half_a_point_is_no_point() -> None:
    places = [{"geoLocationPlace": "Here", "geoLocationPoint": {"pointLatitude": 1}}]
    assert legible({"geoLocations": places}) == {"geoLocations": [{"geoLocationPlace": "Here"}]}


@pytest.mark.parametrize("number", [10**400, float("inf"), float("nan"), True, "1"])
def test_what_is_no_usable_number_is_left_out(number: Any) -> None:
    places = [{"geoLocationPoint": {"pointLatitude": number, "pointLongitude": 1}}]
    assert legible({"publicationYear": number, "geoLocations": places}) == {}


def test_control_characters_are_left_out_and_nothing_else() -> None:
    assert legible({"titles": [{"title": "a\x00\ud800b\u202ec \u200b"}]}) == {
        "titles": [{"title": "ab\u202ec \u200b"}]
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo", ["one", "two"]),
        ("one<br>two<BR />three", ["one", "two", "three"]),
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("<i>E. coli</i> & H<sub>2</sub>O", ["<i>E. coli</i> &amp; H<sub>2</sub>O"]),
        ("<b><i>both</i></b>", ["<b><i>both</i></b>"]),
        ("<i>open", ["&lt;i&gt;open"]),
        ("<i onclick=x>no</i>", ["&lt;i onclick=x&gt;no&lt;/i&gt;"]),
        ("<script>no</script>", ["&lt;script&gt;no&lt;/script&gt;"]),
        ("<i>one\ntwo</i>", ["&lt;i&gt;one", "two&lt;/i&gt;"]),
        ("  \n ", []),
    ],
)
def test_a_description_keeps_its_paragraphs_and_its_emphasis(text: str, expected: list[str]) -> None:
    assert paragraphs(text) == expected


def test_a_title_is_one_line() -> None:
    assert inline("On\n <i>Homo</i> ") == "On <i>Homo</i>"


@pytest.mark.parametrize(
    ("text", "scheme", "expected"),
    [
        ("0000-0002-1825-0097", "ORCID", "https://orcid.org/0000-0002-1825-0097"),
        ("0000-0002-1825-0090", "ORCID", ""),
        ("https://ror.org/03yrm5c26", "ROR", "https://ror.org/03yrm5c26"),
        ("doi:10.1234/A b", "DOI", "https://doi.org/10.1234/a%20b"),
        ("10.13039/501100001659", "Crossref Funder ID", "https://doi.org/10.13039/501100001659"),
        ("12345", "PMID", "https://pubmed.ncbi.nlm.nih.gov/12345/"),
        ("rubbish", "PMID", ""),
        ("javascript:alert(1)", "URL", ""),
        ("https://example.org/x", "URL", "https://example.org/x"),
        ("grid.1", "GRID", ""),
        ("0" * 10_000, "ORCID", ""),
        ("https://[::1", "URL", ""),
        (None, None, ""),
    ],
)
def test_an_identifier_leads_where_its_scheme_says_or_nowhere(text: Any, scheme: Any, expected: str) -> None:
    assert identifier(text, scheme) == expected


@pytest.mark.parametrize(
    "text", ["ftp://x.org", "//x.org", "https://", 'https://x.org/"onclick', "https://x.org/a b", 5]
)
def test_only_a_plain_web_address_is_a_link(text: Any) -> None:
    assert web(text) == ""


def test_a_word_that_the_lists_do_not_have_is_split() -> None:
    assert (spoken("IsNewVersionOf"), spoken("SomethingNew"), spoken(None)) == (
        "Is new version of",
        "Something new",
        "",
    )


def test_a_long_list_shows_its_beginning_and_one_more_is_not_hidden() -> None:
    assert [
        len(part) for part in (Shelf.of(range(22), shown=20).first, Shelf.of(range(22), shown=20).rest)
    ] == [20, 2]
    assert Shelf.of(range(21), shown=20).rest == ()
    assert Shelf.of(range(1000), shown=20).total == 1000
    assert not Shelf.of([])
