"""What pages and commands ask of the tables; who is in force is in `services/test_pinning.py`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doi import selectors
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.services import issuance
from tests.doi.conftest import Clock, drain_all
from tests.factories import doi as make
from tests.support import places

pytestmark = pytest.mark.django_db(transaction=True)


def test_counts_are_by_state_and_by_who_needs_a_person(sandbox: Sandbox, moved_clock: Clock) -> None:
    place = make.configured()
    make.drafted(make.dataset(place, "old"))
    drain_all()
    moved_clock.forward(days=8)
    drain_all()
    make.drafted(make.dataset(place, "new"))
    drain_all()
    make.drafted(make.dataset(place, "bare", creators=[]))
    drain_all()
    make.drafted(make.dataset(make.configured("other"), "theirs"))

    counts = selectors.counts(place)

    assert (counts.drafts, counts.permanent, counts.planned, counts.attention) == (1, 1, 1, 1)
    assert counts.by_state == {"findable": 1, "draft": 1, "planned": 1}


def test_where_nobody_chose_an_organization_is_off_and_an_institution_passes_on(sandbox: Sandbox) -> None:
    uni = places.institution()
    place = make.organization(institution=uni)

    assert (selectors.source_of(place), selectors.source_of(uni)) == ("off", "inherit")
    assert selectors.in_force(place).source == "off"
    assert selectors.in_force(uni).account is None
    assert not selectors.default_on(place)


def test_an_organization_that_is_off_has_no_default(sandbox: Sandbox) -> None:
    place = make.configured(default_on=True)
    assert selectors.default_on(place)
    places.off(place)
    assert not selectors.default_on(place)


def test_the_production_doi_comes_before_the_test_doi(sandbox: Sandbox) -> None:
    place = make.configured(own=make.EZID)
    version = make.drafted(make.dataset(place))
    drain_all()
    assert selectors.doi_of(version) == Doi.objects.get()
    places.own(place)
    issuance.ensure(version, by=make.by())

    found = selectors.doi_of(version)

    assert found is not None
    assert (found.environment, Doi.objects.count()) == ("production", 2)
    assert selectors.doi_of(make.version(version.dataset, "2.0", release=False)) is None


def test_what_is_in_force_costs_few_queries_however_deep(sandbox: Sandbox) -> None:
    top = places.institution("top")
    places.own(top)
    middle = places.institution("middle", parent=top)
    place = places.below(places.institution("low", parent=middle))

    with CaptureQueriesContext(connection) as queries:
        assert selectors.in_force(place).usable

    assert len(queries) <= 8
