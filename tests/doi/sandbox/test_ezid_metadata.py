"""What EZID asks of metadata: nothing of what is reserved, four elements or a whole record of what is public."""

import re

import pytest

from doi.sandbox import Sandbox
from tests.doi.sandbox.calls import ELEMENTS, ezid, post, put
from tests.doi.sandbox.ezid_calls import BAD, NAME, TARGET, XML, ezid_sandbox, in_status, read, without

MISSING = {
    "datacite.creator": "creator",
    "datacite.title": "title",
    "datacite.publisher": "publisher",
    "datacite.publicationyear": "publication date",
}
DC = {"dc.creator": "A", "dc.title": "T", "dc.publisher": "P", "dc.date": "2026"}
ERC = {"erc.who": "A", "erc.what": "T", "erc.when": "2026"}


@pytest.fixture
def sandbox() -> Sandbox:
    return ezid_sandbox()


def test_what_is_reserved_needs_nothing(sandbox: Sandbox) -> None:
    assert put(ezid(sandbox), NAME, _status="reserved").status_code == 201


@pytest.mark.parametrize("element", MISSING)
@pytest.mark.parametrize("status", ["public", "unavailable"])
@pytest.mark.parametrize("value", ["", "%20"], ids=["empty", "blank"])
def test_what_is_not_reserved_needs_four_elements(
    sandbox: Sandbox, element: str, status: str, value: str
) -> None:
    in_status(sandbox, "public")

    answer = post(ezid(sandbox), NAME, **{"_status": status, element: value})

    problem = f"ValidationError(['Public DOI metadata requirements not satisfied: no {MISSING[element]}.'])"
    assert answer.status_code == 400
    assert answer.text.startswith(f'{BAD}error="{problem}" Metadata: {{')
    assert read(sandbox)[element] == ELEMENTS[element]


PROFILES = {
    "datacite": ("datacite", ELEMENTS, True),
    "dc": ("dc", DC, True),
    "dc-without-its-profile": ("datacite", DC, False),
    "erc-has-no-publisher": ("erc", ERC, False),
    "erc-with-a-publisher": ("erc", {**ERC, "datacite.publisher": "P"}, True),
    "unknown-is-read-as-erc": ("our-own", {**ERC, "datacite.publisher": "P"}, True),
    "datacite-first-in-any-profile": ("dc", ELEMENTS, True),
    "mixed": ("dc", {**without(DC, "dc.date"), "datacite.publicationyear": "2026"}, True),
}


@pytest.mark.parametrize(("profile", "elements", "enough"), PROFILES.values(), ids=PROFILES)
def test_the_four_are_looked_up_by_the_profile_too(
    sandbox: Sandbox, profile: str, elements: dict[str, str], *, enough: bool
) -> None:
    answer = put(ezid(sandbox), NAME, _status="public", _profile=profile, **elements)

    assert answer.status_code == (201 if enough else 400)


LENIENT = {
    "year-unparsable": {**ELEMENTS, "datacite.publicationyear": "soon"},
    "no-type-no-target": ELEMENTS,
}


@pytest.mark.parametrize("elements", LENIENT.values(), ids=LENIENT)
def test_ezid_publishes_what_others_would_refuse(sandbox: Sandbox, elements: dict[str, str]) -> None:
    assert put(ezid(sandbox), NAME, _status="public", **elements).status_code == 201


TYPES = {
    "general": ("Dataset", "Dataset"),
    "specific": ("Dataset/Tabular data", "Dataset/Tabular data"),
    "spaces": ("Dataset / Tabular data", "Dataset/Tabular data"),
    "empty-specific": ("Dataset/", "Dataset"),
    "slash-in-specific": ("Text/a/b", "Text/a/b"),
    "since-4.6": ("Award", "Award"),
    "since-4.7": ("Poster", None),
    "unknown": ("Thing/what", None),
    "case": ("dataset", None),
}


@pytest.mark.parametrize(("given", "told"), TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("status", ["reserved", "public"])
def test_a_resource_type_has_a_known_general_word_at_any_status(
    sandbox: Sandbox, status: str, given: str, told: str | None
) -> None:
    answer = put(ezid(sandbox), NAME, **{**ELEMENTS, "_status": status, "datacite.resourcetype": given})

    if told is not None:
        assert read(sandbox)["datacite.resourcetype"] == told
    else:
        problem = "ValidationError({'datacite.resourcetype': ['Invalid resource type.']})"
        assert answer.text.startswith(f'{BAD}error="{problem}" Metadata: {{')
        assert sandbox.records() == []


# -- a whole record -------------------------------------------------------------------------------------------------

UNREADABLE = {
    "not-well-formed": ("</resource>", "", "XML parse error: "),
    "another-root": ("resource", "record", "Not a DataCite record"),
    "another-namespace": ("datacite.org/schema", "example.org", "Not a DataCite record"),
    "kernel-2.1": ("kernel-4", "kernel-2.1", "DataCite schema version 2.1 is deprecated"),
    "kernel-2.2": ("kernel-4", "kernel-2.2", "DataCite schema version 2.2 is deprecated"),
    "kernel-3": ("kernel-4", "kernel-3", "DataCite schema version 3 is deprecated"),
    "kernel-5": ("kernel-4", "kernel-5", "Unsupported DataCite record version"),
    "no-identifier": (
        '<identifier identifierType="DOI">(:tba)</identifier>',
        "",
        "Malformed DataCite record: no <identifier> element",
    ),
    "two-identifiers": (
        "<creators>",
        '<identifier identifierType="DOI"/><creators>',
        "Malformed DataCite record: no <identifier> element",
    ),
    "no-identifier-type": (' identifierType="DOI"', "", "Malformed DataCite record: no <identifier> element"),
    "another-identifier-type": (
        '"DOI"',
        '"ARK"',
        "Mismatch between identifier type and <identifier> element",
    ),
    "xml-1.1": ('version="1.0"', 'version="1.1"', "Unsupported XML version"),
    "another-encoding": ("UTF-8", "ISO-8859-1", "XML encoding must be UTF-8"),
}


@pytest.mark.parametrize(("taken", "put_in", "words"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("status", ["reserved", "public"])
def test_a_record_that_cannot_be_read_is_refused_at_any_status(
    sandbox: Sandbox, status: str, taken: str, put_in: str, words: str
) -> None:
    assert taken in XML

    answer = put(ezid(sandbox), NAME, _status=status, datacite=XML.replace(taken, put_in))

    assert answer.status_code == 400
    assert answer.text.startswith(
        f"{BAD}error=\"ValidationError({{'datacite': ['Metadata validation error: {words}"
    )
    assert sandbox.records() == []


RAID = '<relatedIdentifier relatedIdentifierType="RAiD" relationType="IsPartOf">x</relatedIdentifier>'
INVALID = {
    "unknown-element": ("</resource>", "<colour>red</colour></resource>"),
    "no-type": ('<resourceType resourceTypeGeneral="Dataset"/>', ""),
    "identifier-type-since-4.7": (
        "</resource>",
        f"<relatedIdentifiers>{RAID}</relatedIdentifiers></resource>",
    ),
    "no-publisher": ("<publisher>P</publisher>", ""),
    "no-titles": ("<titles><title>T 100%25</title></titles>", "<titles/>"),
    "year-out-of-form": ("2026", "20x6"),
    "word-since-4.7": ("Dataset", "Poster"),
    "unknown-word": ("</resource>", '<dates><date dateType="Someday">2026</date></dates></resource>'),
}


@pytest.mark.parametrize(("taken", "put_in"), INVALID.values(), ids=INVALID)
def test_a_record_is_judged_by_the_schema_only_when_it_becomes_public(
    sandbox: Sandbox, taken: str, put_in: str
) -> None:
    client = ezid(sandbox)
    assert taken in XML
    assert put(client, NAME, _status="reserved", datacite=XML.replace(taken, put_in)).status_code == 201

    answer = post(client, NAME, _status="public")

    assert answer.status_code == 400
    assert "Metadata validation error: DocumentInvalid(" in answer.text
    assert read(sandbox)["_status"] == "reserved"


def test_a_record_is_kept_under_its_own_name_with_its_schema_located(sandbox: Sandbox) -> None:
    given = XML.replace(
        'xmlns="http://datacite.org/schema/kernel-4"',
        'xmlns="http://datacite.org/schema/kernel-4" xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
        ' x:schemaLocation="elsewhere"',
    )

    assert put(ezid(sandbox), NAME, datacite=given).status_code == 201

    kept = read(sandbox)["datacite"]
    assert kept.startswith('<?xml version="1.0"?>%0A<resource ')
    assert '<identifier identifierType="DOI">10.7280/D1ABC</identifier>' in kept
    assert re.findall(r'schemaLocation="([^"]*)"', kept) == [
        "http://datacite.org/schema/kernel-4 http://schema.datacite.org/meta/kernel-4/metadata.xsd"
    ]
    assert "T 100%25" in kept


def test_a_record_counts_before_the_single_elements(sandbox: Sandbox) -> None:
    broken = XML.replace("<publisher>P</publisher>", "")

    assert put(ezid(sandbox), NAME, _status="public", datacite=XML).status_code == 201
    assert put(ezid(sandbox), NAME + "2", _status="public", datacite=broken, **ELEMENTS).status_code == 400


def test_an_update_is_judged_on_the_merged_record(sandbox: Sandbox) -> None:
    in_status(sandbox, "public")

    assert post(ezid(sandbox), NAME, note="x", _status="public").status_code == 200
    assert post(ezid(sandbox), NAME, **{"datacite.title": ""}).status_code == 400


def test_a_complaint_of_the_last_check_repeats_everything_on_one_line(sandbox: Sandbox) -> None:
    title = "private%0A_status: public 100%25"
    answer = put(
        ezid(sandbox), NAME, _status="public", _target=TARGET, **{"datacite.title": title, "note": "n" * 300}
    )

    assert answer.content.count(b"\n") == 0
    assert "private" in answer.text
    assert answer.text.count("n") > 300
    assert "_target" not in answer.text


# -- Crossref -------------------------------------------------------------------------------------------------------

CROSSREF = {
    "shoulder-of-datacite": (
        "10.7280/D1X",
        {"_crossref": "yes", **ELEMENTS},
        "{'_crossref': ['Crossref registration",
    ),
    "without-its-metadata": ("10.7280/C1X", {}, '["Registration with Crossref requires Crossref metadata'),
    "test-shoulder": ("10.15697/X", {}, '["Registration with Crossref requires Crossref metadata'),
    "not-exported": ("10.7280/C1X", {"_export": "no"}, "{'exported': ['Crossref-registered identifier must"),
    "name": ("10.7280/C1X~", {"crossref": "<x/>"}, "{'identifier': ['Identifier does not satisfy Crossref"),
}


@pytest.mark.parametrize(("name", "elements", "problem"), CROSSREF.values(), ids=CROSSREF)
def test_crossref_is_for_its_own_shoulders(
    sandbox: Sandbox, name: str, elements: dict[str, str], problem: str
) -> None:
    answer = put(ezid(sandbox), name, _status="public", **elements)

    assert answer.text.startswith(f'{BAD}error="ValidationError({problem}')


def test_a_crossref_identifier_says_how_far_it_is(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    put(client, "10.7280/C1X", _status="reserved")
    reserved = read(sandbox, "10.7280/C1X")
    post(client, "10.7280/C1X", _status="public", crossref="<book/>")

    assert reserved["_crossref"] == "yes | awaiting status change to public"
    assert read(sandbox, "10.7280/C1X")["_crossref"] == "yes | registration in progress"
    assert "_datacenter" not in reserved


def test_a_datacite_identifier_never_becomes_crossrefs(sandbox: Sandbox) -> None:
    in_status(sandbox, "reserved")

    answer = post(ezid(sandbox), NAME, _crossref="yes")

    assert answer.text == f"{BAD}_crossref: dataCite DOI cannot be registered with Crossref"
