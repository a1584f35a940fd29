"""Taking an existing DOI over; `tests/doi/test_catalogue.py` follows it to the registry."""

import pytest

from datasets import services as versions
from datasets.models import Version
from doi.errors import AccountNotReadyError, InvalidNameError, NotAllowedError
from doi.models import Doi
from doi.sandbox import Sandbox
from doi.services import adoption, issuance
from tests.doi.conftest import drain_all
from tests.factories import doi as make
from tests.support.commands import everything

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version(sandbox: Sandbox) -> Version:
    return make.version(make.dataset(make.configured(default_on=False)))


def test_adopting_the_same_again_changes_nothing(version: Version) -> None:
    first = adoption.adopt(version, "doi:10.70112/A", by=make.by())
    before = everything()

    assert adoption.adopt(version, "https://doi.org/10.70112/a", by=make.by()).pk == first.pk
    assert everything() == before


@pytest.mark.parametrize("text", ["", "11.70112/a", "10.70112", "https://example.org/10.70112/a b"])
def test_what_does_not_parse_is_refused(version: Version, text: str) -> None:
    before = everything()

    with pytest.raises(InvalidNameError):
        adoption.adopt(version, text, by=make.by())
    assert everything() == before


def test_nobody_looks_without_an_account_in_force(sandbox: Sandbox) -> None:
    version = make.version(make.dataset(make.organization()))

    with pytest.raises(AccountNotReadyError, match="nobody to look"):
        adoption.adopt(version, "10.70112/a", by=make.by())


def test_a_reserved_name_does_not_give_way(version: Version) -> None:
    following = make.version(version.dataset, "2.0", release=False)
    name = issuance.reserve(following, by=make.by()).name

    with pytest.raises(NotAllowedError, match=name):
        adoption.adopt(following, "10.70112/a", by=make.by())


def test_a_deleted_version_takes_none(version: Version) -> None:
    make.version(version.dataset, "2.0")
    versions.delete_version(version, by=make.by())

    with pytest.raises(NotAllowedError, match="restore it first"):
        adoption.adopt(
            Version.objects.select_related("dataset__organization").get(pk=version.pk),
            "10.70112/a",
            by=make.by(),
        )
    assert not Doi.objects.exists()


def test_a_version_with_somebody_elses_doi_has_nothing_reserved(version: Version, sandbox: Sandbox) -> None:
    following = make.version(version.dataset, "2.0", release=False)
    doi = adoption.adopt(following, "10.70112/a", by=make.by())
    Doi.objects.filter(pk=doi.pk).update(account=None, next_attempt_at=None)

    with pytest.raises(NotAllowedError, match="somebody else's account"):
        issuance.reserve(following, by=make.by())
    issuance.switch_on(version.dataset, by=make.by())
    versions.release(following, by=make.by())
    drain_all()
    assert make.doi_of(following).account is None
    assert issuance.off_consequences(version.dataset) == (1, 0)
