"""Who is asked whether a DOI leads to its page: never doi.org about what another registry registered."""

from typing import Any

import pytest

from doi.address import datacite_is_asked, resolver_is_asked

ELSEWHERE = "https://registry.example.edu"


def changed(settings: Any, *, datacite: bool = False, ezid: bool = False, resolver: bool = False) -> None:
    settings.REGISTRY_URLS = settings.REAL_REGISTRY_URLS | {
        (provider, "production"): ELSEWHERE
        for provider, is_changed in {"datacite": datacite, "ezid": ezid}.items()
        if is_changed
    }
    settings.DOI_RESOLVER_URL = ELSEWHERE if resolver else settings.REAL_RESOLVER_URL


@pytest.mark.parametrize(
    ("where", "about_datacite", "about_ezid"),
    [
        ({}, True, True),
        ({"datacite": True}, False, True),
        ({"ezid": True}, True, False),
        ({"datacite": True, "ezid": True}, False, False),
        ({"datacite": True, "ezid": True, "resolver": True}, True, True),
        ({"resolver": True}, True, True),
    ],
)
def test_a_resolver_is_asked_only_about_what_it_can_know(
    settings: Any, where: dict[str, bool], *, about_datacite: bool, about_ezid: bool
) -> None:
    changed(settings, **where)

    assert resolver_is_asked("datacite") is about_datacite
    assert resolver_is_asked("ezid") is about_ezid


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ({}, True),
        ({"datacite": True, "ezid": True}, True),
        ({"ezid": True, "resolver": True}, False),
        ({"datacite": True}, False),
    ],
)
def test_datacite_is_asked_about_ezids_dois_where_the_two_belong_together(
    settings: Any, where: dict[str, bool], *, asked: bool
) -> None:
    changed(settings, **where)

    assert datacite_is_asked("ezid") is asked
    assert not datacite_is_asked("datacite")
