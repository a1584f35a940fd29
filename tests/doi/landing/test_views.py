"""Every address answers: what a stranger sees in each state, and what machines are told."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.models import Dataset, Visibility
from doi.address import landing_url
from doi.landing.formats import FORMATS
from doi.models import Hold
from doi.states import Environment, State, Wanted
from organizations.models import Organization
from tests.datasets import make
from tests.doi.landing import make as doi_make
from tests.doi.landing.page import get, hrefs, json_ld, metas, select, text
from tests.doi.landing.scene import LINK, NAME, SECRET, assert_is_no_link, assert_neutral


@pytest.fixture
def hydro(db: None) -> Organization:
    return make.organization()


@pytest.fixture
def river(hydro: Organization) -> Dataset:
    return make.dataset(hydro)


@pytest.fixture
def secret(hydro: Organization) -> Dataset:
    return make.dataset(hydro, "secret", visibility=Visibility.PRIVATE)


# --- the address ------------------------------------------------------------------------------------------------


def test_the_registered_address_is_the_one_that_answers(river: Dataset, settings: Any) -> None:
    version = make.version(river, "1.0")
    assert landing_url(version.pk) == settings.SITE_URL + reverse("landing:version", args=[version.pk])
    assert "river" not in landing_url(version.pk)


def test_a_change_of_slugs_does_not_change_the_page(river: Dataset) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version)
    Dataset.objects.update(slug="other")
    Organization.objects.update(slug="other")
    assert get(version).status_code == 200


@pytest.mark.parametrize("path", ["/v/" + "0" * 32, "/v/" + "0" * 32 + "/citation.bib"])
def test_an_unknown_address_is_not_found(db: None, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 404
    assert "nothing at this address" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_only_reading_is_possible(river: Dataset, method: str) -> None:
    address = reverse("landing:version", args=[make.version(river, "1.0").pk])
    assert getattr(Client(), method)(address).status_code == 405


def test_head_has_the_headers_and_no_body(river: Dataset) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version)
    response = Client().head(reverse("landing:version", args=[version.pk]))
    assert response.status_code == 200
    assert 'rel="cite-as"' in response["Link"]
    assert not response.content


# --- public and live ----------------------------------------------------------------------------------------------


def test_a_permanent_doi_is_a_link_and_in_the_citation(river: Dataset) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version)
    response = get(version)
    assert response.status_code == 200
    assert LINK in hrefs(response)
    assert f"Okafor, N. (2026). {SECRET} (Version 1.0) [Data set]. Example University. {LINK}" in text(
        response
    )
    assert f'<{LINK}>; rel="cite-as"' in response["Link"]
    assert metas(response)["citation_doi"] == NAME
    assert metas(response)["DC.identifier"] == LINK
    assert json_ld(response)["@id"] == LINK
    assert "X-Robots-Tag" not in response


def test_a_registered_doi_of_a_public_version_resolves_too(river: Dataset) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version, State.REGISTERED)
    assert LINK in hrefs(get(version))


def test_a_draft_is_promised_and_no_link(river: Dataset) -> None:
    version = make.version(river, "1.0")
    due = timezone.now() + timedelta(days=3)
    doi_make.doi(version, State.DRAFT, permanent_after=due)
    response = get(version)
    assert NAME in text(response)
    assert "becomes active on" in text(response)
    assert f"{due:%H:%M} UTC" in text(response)
    assert "does not resolve yet" in text(response)
    assert_is_no_link(response)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.PLANNED},
        {"held_at": make.NOW, "hold_reason": "wait"},
        {"attention": "metadata.creators", "attention_text": "Add a creator."},
        {"wanted": Wanted.DRAFT},
        {"permanent_after": make.NOW},
    ],
)
def test_no_day_is_promised_where_none_is_sure(river: Dataset, fields: dict[str, Any]) -> None:
    version = make.version(river, "1.0")
    soon = timezone.now() + timedelta(days=3)
    given: dict[str, Any] = {"state": State.DRAFT, "permanent_after": soon} | fields
    doi_make.doi(version, **given)
    response = get(version)
    assert "This DOI is reserved; it does not resolve yet." in text(response)
    assert "becomes active on" not in text(response)
    assert_is_no_link(response)


def test_a_hold_of_the_dataset_promises_no_day_either(river: Dataset) -> None:
    version = make.version(river, "1.0")
    Hold.objects.create(dataset=river, reason="wait")
    doi_make.doi(version, State.DRAFT, permanent_after=timezone.now() + timedelta(days=3))
    assert "becomes active on" not in text(get(version))


def test_a_test_doi_says_so_and_is_in_no_citation(river: Dataset) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version, environment=Environment.TEST)
    response = get(version)
    assert NAME in text(response)
    assert "Test, never resolves" in text(response)
    assert_is_no_link(response)


@pytest.mark.parametrize(
    "fields", [{"state": State.DISCARDED}, {"state": State.DRAFT, "wanted": Wanted.NONE}]
)
def test_a_doi_that_is_not_wanted_is_not_shown(river: Dataset, fields: dict[str, Any]) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version, **fields)
    response = get(version)
    assert response.status_code == 200
    assert NAME not in response.content.decode()


def test_a_version_without_a_doi_has_a_page_and_is_cited_by_its_address(river: Dataset) -> None:
    version = make.version(river, "1.0")
    response = get(version)
    assert response.status_code == 200
    assert landing_url(version.pk) in text(response)
    assert "DOI" not in [term.text for term in select(response, "//dt")]
    assert json_ld(response)["@id"] == landing_url(version.pk)


def test_the_production_doi_is_shown_rather_than_the_test_one(river: Dataset) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version, name="10.5072/test", environment=Environment.TEST)
    doi_make.doi(version)
    response = get(version)
    assert LINK in hrefs(response)
    assert "10.5072" not in response.content.decode()


def test_an_older_version_points_to_the_newest(river: Dataset) -> None:
    old, new = make.version(river, "1.0"), make.version(river, "2.0")
    make.version(river, "3.0", released=False)
    gone = make.version(river, "0.9", deleted=True)
    assert "There is a newer version of this dataset: version 2.0" in text(get(old))
    assert reverse("landing:version", args=[new.pk]) in hrefs(get(old))
    newest = get(new)
    assert "newer version" not in text(newest)
    assert reverse("landing:version", args=[old.pk]) in hrefs(newest)
    assert gone.pk.hex not in newest.content.decode()
    assert "3.0" not in text(newest)


def test_the_page_needs_few_queries_and_no_session(
    river: Dataset, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        version = make.version(river, str(number))
    doi_make.doi(version)
    with django_assert_max_num_queries(4):
        response = get(version)
    assert not response.cookies


# --- private --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.PLANNED, State.DRAFT, State.REGISTERED, State.FINDABLE, None])
def test_a_private_version_tells_that_it_exists_and_no_more(secret: Dataset, state: State | None) -> None:
    version = make.version(secret, "7.3.1")
    if state is not None:
        doi_make.doi(version, state)
    response = get(version)
    assert response.status_code == 200
    assert_neutral(response)
    assert "not public" in text(response)
    assert "Hydro" in text(response)
    assert (NAME in text(response)) is (state is not None)
    assert (LINK in hrefs(response)) is (state in {State.REGISTERED, State.FINDABLE})


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.file)
def test_a_private_version_has_no_documents(secret: Dataset, one: Any) -> None:
    version = make.version(secret, "7.3.1")
    doi_make.doi(version, State.REGISTERED)
    assert Client().get(reverse("landing:document", args=[version.pk, one.file])).status_code == 404
    negotiated = get(version, accept=one.media[0])
    assert negotiated["Content-Type"].startswith("text/html")
    assert_neutral(negotiated)


# --- machines -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.file)
def test_each_document_comes_by_address_and_by_negotiation(river: Dataset, one: Any) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version)
    address = reverse("landing:document", args=[version.pk, one.file])
    direct = Client().get(address)
    assert direct.status_code == 200
    assert direct["Content-Type"].partition(";")[0] == one.media[0]
    assert NAME in direct.content.decode().lower()
    assert f'<{landing_url(version.pk)}>; rel="describes"' in direct["Link"]
    for media in one.media:
        negotiated = get(version, accept=f"{media}; charset=utf-8, text/html;q=0.5")
        assert negotiated.content == direct.content
        assert "Accept" in negotiated["Vary"]
        assert negotiated["Content-Location"].endswith(address)
    page = get(version)
    assert f'<{landing_url(version.pk)}/{one.file}>; rel="describedby"; type="{one.media[0]}"' in page["Link"]
    assert f"{landing_url(version.pk)}/{one.file}" in hrefs(page)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html", "text/html"),
        ("*/*", "text/html"),
        ("image/png", "text/html"),
        ("", "text/html"),
        (";;;,/,q", "text/html"),
        ("text/html, application/x-bibtex", "text/html"),
        ("text/html;q=0.3, application/x-bibtex;q=0.4", "application/x-bibtex"),
        ("application/x-bibtex;q=0, */*", "text/html"),
        ("text/x-bibliography; style=nature; locale=de", "text/x-bibliography"),
        ("application/vnd.citationstyles.csl+json;q=0.8, application/x-bibtex;q=0.9", "application/x-bibtex"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_the_accept_header_decides_and_the_page_is_the_default(
    river: Dataset, accept: str, expected: str
) -> None:
    version = make.version(river, "1.0")
    doi_make.doi(version)
    response = get(version, accept=accept)
    assert response.status_code == 200
    assert response["Content-Type"].partition(";")[0] == expected
    assert "Accept" in response["Vary"]


def test_a_bibtex_entry_without_a_doi_has_a_key_all_the_same(river: Dataset) -> None:
    version = make.version(river, "1.0")
    entry = get(version, accept="application/x-bibtex").content.decode()
    assert re.match(r"@misc\{version-[0-9a-f]{12},\n", entry)
    assert landing_url(version.pk) in entry


def test_the_link_header_follows_signposting(river: Dataset) -> None:
    river.metadata = {
        **river.metadata,
        "creators": [
            {
                "name": "Okafor, Ngozi",
                "nameIdentifiers": [
                    {"nameIdentifier": "0000-0002-1825-0097", "nameIdentifierScheme": "ORCID"}
                ],
            }
        ]
        * 100,
        "rightsList": [
            {"rights": "no address"},
            {"rights": "CC0", "rightsUri": "https://spdx.org/licenses/CC0-1.0"},
            {"rights": "another", "rightsUri": "https://example.org/"},
        ],
    }
    river.save()
    version = make.version(river, "1.0")
    doi_make.doi(version)
    links = get(version)["Link"].split(", ")
    relations = [re.search(r'rel="([^"]+)"', link)[1] for link in links]  # type: ignore[index]
    assert relations.count("cite-as") == 1
    assert relations.count("type") == 2
    assert relations.count("license") == 1
    assert relations.count("author") == 20
    assert '<https://orcid.org/0000-0002-1825-0097>; rel="author"' in links
    assert '<https://spdx.org/licenses/CC0-1.0>; rel="license"' in links


def test_no_text_of_a_record_can_end_the_script_or_add_a_header(river: Dataset) -> None:
    evil = "</script><script>alert(1)</script><!-- \r\nX-Evil: 1 \u2028"
    river.metadata = {
        "titles": [{"title": evil, "lang": '"><script>'}],
        "creators": [{"name": evil, "nameIdentifiers": [{"nameIdentifier": f"https://x.org/{evil}"}]}],
        "rightsList": [{"rights": evil, "rightsUri": "https://x.org/>; rel=evil,\r\nX-Evil: 1"}],
        "relatedIdentifiers": [
            {
                "relatedIdentifier": "javascript:alert(1)",
                "relatedIdentifierType": "URL",
                "relationType": "Cites",
            }
        ],
        "contentUrl": ["javascript:alert(1)", "data:text/html,x"],
        "descriptions": [{"description": evil, "descriptionType": "Abstract"}],
    }
    river.save()
    response = get(make.version(river, "1.0"))
    content = response.content.decode()
    assert content.count("<script>") == 0
    assert json_ld(response)["name"].startswith("</script>")
    assert "X-Evil" not in response
    assert not [href for href in hrefs(response) if not href.startswith(("http://", "https://", "/v/"))]


def test_citation_tags_name_each_author_with_place_and_orcid(river: Dataset) -> None:
    river.metadata = {
        **river.metadata,
        "creators": [
            {
                "name": "Okafor, Ngozi",
                "nameType": "Personal",
                "affiliation": [{"name": "Example University"}],
                "nameIdentifiers": [
                    {"nameIdentifier": "0000-0002-1825-0097", "nameIdentifierScheme": "ORCID"}
                ],
            }
        ],
        "subjects": [{"subject": "rivers"}, {"subject": "floods"}],
        "language": "en",
    }
    river.save()
    version = make.version(river, "1.0")
    found = metas(get(version))
    assert found["citation_title"] == SECRET
    assert found["citation_author"] == "Okafor, Ngozi"
    assert found["citation_author_institution"] == "Example University"
    assert found["citation_author_orcid"] == "https://orcid.org/0000-0002-1825-0097"
    assert found["citation_publication_date"] == "2026"
    assert found["citation_publisher"] == "Example University"
    assert found["citation_keywords"] == "rivers; floods"
    assert found["citation_language"] == "en"
    assert found["citation_abstract_html_url"] == landing_url(version.pk)
    assert found["DC.type"] == "Dataset"
