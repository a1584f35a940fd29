from datetime import timedelta
from typing import Any

import pytest
from django.dispatch import Signal

from datasets import services, signals
from datasets.hooks import hooks
from datasets.models import Dataset, Version, Visibility
from datasets.services import RefusedError
from doi.guard import Guard as DoiGuard
from organizations.models import Organization
from tests.datasets import make
from tests.datasets.make import NOW, by


class Heard:
    """What a signal said, in order."""

    def __init__(self, signal: Signal) -> None:
        self.said: list[dict[str, Any]] = []
        signal.connect(self.listen, weak=False, dispatch_uid=id(self))
        self.signal = signal

    def listen(self, **told: Any) -> None:
        self.said.append(told)

    def __enter__(self) -> list[dict[str, Any]]:
        return self.said

    def __exit__(self, *_: object) -> None:
        self.signal.disconnect(dispatch_uid=id(self))


class Guard(DoiGuard):
    """Says no, or keeps rows, as told."""

    def __init__(self, *, no: str | None = None, keeps: bool = False) -> None:
        self.no = no
        self.keeps = keeps

    def why_not_unrelease(self, version: Version) -> str | None:
        return self.no and f"{version.number}: {self.no}"

    def why_not_delete(self, version: Version) -> str | None:
        return self.no and f"{version.number}: {self.no}"

    def keeps_row(self, version: Version) -> bool:
        return self.keeps and bool(version.pk)


def test_creating_a_dataset_tells_who_did_it_and_why(hydro: Organization) -> None:
    with Heard(signals.dataset_created) as said:
        made = services.create_dataset(
            hydro, slug="river", visibility="private", metadata=make.METADATA, by=by(cause="web")
        )
    assert (made.slug, made.visibility, made.created_at) == ("river", "private", NOW)
    assert [(told["dataset"], told["actor"], told["cause"]) for told in said] == [(made, "user:1", "web")]


def test_a_slug_is_taken_once_in_an_organization_and_free_in_another(hydro: Organization) -> None:
    make.dataset(hydro, "river")
    with pytest.raises(RefusedError, match="taken by another dataset"):
        services.create_dataset(hydro, slug="river", visibility="public", metadata={}, by=by())
    other = make.organization("geo")
    assert services.create_dataset(other, slug="river", visibility="public", metadata={}, by=by()).pk


def test_a_closed_organization_takes_no_new_datasets(hydro: Organization) -> None:
    hydro.closed_at = NOW
    with pytest.raises(RefusedError, match="closed"):
        services.create_dataset(hydro, slug="river", visibility="public", metadata={}, by=by())
    assert not Dataset.objects.exists()


def test_a_raising_receiver_undoes_the_change(hydro: Organization) -> None:
    def refuse(**_: Any) -> None:
        raise ValueError

    signals.dataset_created.connect(refuse)
    try:
        with pytest.raises(ValueError):  # noqa: PT011
            services.create_dataset(hydro, slug="river", visibility="public", metadata={}, by=by())
    finally:
        signals.dataset_created.disconnect(refuse)
    assert not Dataset.objects.exists()


def test_versions_are_numbered_in_order_and_only_one_is_unreleased(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    first = services.add_version(dataset, number=" 1.0 ", by=by())
    assert (first.number, first.position, first.released_at) == ("1.0", 1, None)
    with pytest.raises(RefusedError, match="unreleased version already"):
        services.add_version(dataset, number="1.1", by=by())
    services.release(first, by=by())
    with pytest.raises(RefusedError, match=r"has a version 1\.0 already"):
        services.add_version(dataset, number="1.0", by=by())
    with pytest.raises(RefusedError, match=r"such as 1\.0"):
        services.add_version(dataset, number=" ", by=by())
    assert services.add_version(dataset, number="1.1", by=by()).position == 2


def test_release_unrelease_release(hydro: Organization) -> None:
    version = services.add_version(make.dataset(hydro), number="1.0", by=by())
    with Heard(signals.version_released) as released, Heard(signals.version_unreleased) as unreleased:
        services.release(version, by=by())
        services.unrelease(version, by=by())
        again = services.release(version, by=by(at=NOW + timedelta(hours=1)))
    assert again.released_at == NOW + timedelta(hours=1)
    assert (len(released), len(unreleased)) == (2, 1)


def test_a_released_version_is_not_released_twice(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0")
    with pytest.raises(RefusedError, match="released already"):
        services.release(version, by=by())


def test_a_deleted_version_is_not_released(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0", released=False, deleted=True)
    with pytest.raises(RefusedError, match="restore it first"):
        services.release(version, by=by())


def test_a_catalogue_may_tell_when_a_release_was(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0", released=False)
    then = NOW - timedelta(days=400)
    assert services.release(version, by=by(), released_at=then).released_at == then


def test_only_the_current_version_is_unreleased(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    old, current = make.version(dataset, "1.0"), make.version(dataset, "2.0")
    with pytest.raises(RefusedError, match="Only the current version"):
        services.unrelease(old, by=by())
    following = services.add_version(dataset, number="3.0", by=by())
    with pytest.raises(RefusedError, match="next version exists"):
        services.unrelease(current, by=by())
    with pytest.raises(RefusedError, match="Only a released version"):
        services.unrelease(following, by=by())
    services.delete_version(following, by=by())
    assert services.unrelease(current, by=by()).released_at is None


def test_the_guard_has_a_word_in_unreleasing_and_deleting(
    hydro: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make.dataset(hydro)
    old, current = make.version(dataset, "1.0"), make.version(dataset, "2.0")
    monkeypatch.setattr(hooks, "guard", Guard(no="Not now."))
    with pytest.raises(RefusedError, match=r"Not now\."):
        services.unrelease(current, by=by())
    with pytest.raises(RefusedError, match=r"Not now\."):
        services.delete_version(old, by=by())
    old.refresh_from_db()
    assert old.deleted_at is None


def test_the_current_version_is_not_deleted_by_itself(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    old, current = make.version(dataset, "1.0"), make.version(dataset, "2.0")
    with pytest.raises(RefusedError, match="current version"):
        services.delete_version(current, by=by())
    with Heard(signals.version_deleted) as said:
        gone = services.delete_version(old, by=by(), reason="Faulty", note="Sensor 3", successor="10.1/x")
    assert gone is not None
    assert gone.deleted_at == NOW
    told = said[0]
    assert (told["reason"], told["note"], told["successor"]) == ("Faulty", "Sensor 3", "10.1/x")
    with pytest.raises(RefusedError, match="deleted already"):
        services.delete_version(old, by=by())


def test_an_unreleased_version_is_removed_with_its_row(hydro: Organization) -> None:
    version = make.version(make.dataset(hydro), "1.0", released=False)
    with Heard(signals.version_removed) as said:
        assert services.delete_version(version, by=by()) is None
    assert len(said) == 1
    assert not Version.objects.exists()


def test_an_unreleased_version_whose_name_must_be_kept_stays_as_deleted(
    hydro: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make.version(make.dataset(hydro), "1.0", released=False)
    monkeypatch.setattr(hooks, "guard", Guard(keeps=True))
    services.delete_version(version, by=by())
    version.refresh_from_db()
    assert version.deleted_at == NOW


def test_a_deleted_version_is_restored_once(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    old = make.version(dataset, "1.0", deleted=True)
    make.version(dataset, "2.0")
    with Heard(signals.version_restored) as said:
        assert services.restore_version(old, by=by()).deleted_at is None
    assert len(said) == 1
    with pytest.raises(RefusedError, match="not deleted"):
        services.restore_version(old, by=by())


def test_deleting_a_dataset_takes_its_versions_along_and_restoring_brings_back_just_those(
    hydro: Organization,
) -> None:
    dataset = make.dataset(hydro)
    before = make.version(dataset, "1.0", deleted=True)
    current, following = make.version(dataset, "2.0"), make.version(dataset, "3.0", released=False)
    with Heard(signals.dataset_deleted) as deleted, Heard(signals.dataset_restored) as restored:
        services.delete_dataset(dataset, by=by(), reason="Moved", note="Elsewhere")
        with pytest.raises(RefusedError, match="restore it first"):
            services.release(following, by=by())
        services.restore_dataset(dataset, by=by())
    assert {version.pk for version in deleted[0]["versions"]} == {current.pk, following.pk}
    assert {version.pk for version in restored[0]["versions"]} == {current.pk, following.pk}
    before.refresh_from_db()
    current.refresh_from_db()
    assert before.deleted_at is not None
    assert current.deleted_at is None


def test_a_deleted_dataset_takes_nothing_new(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    old = make.version(dataset, "1.0")
    services.delete_dataset(dataset, by=by())
    with pytest.raises(RefusedError, match="restore it first"):
        services.add_version(dataset, number="2.0", by=by())
    with pytest.raises(RefusedError, match="restore it first"):
        services.set_visibility(dataset, "private", by=by())
    with pytest.raises(RefusedError, match="restore it first"):
        services.edit_metadata(dataset, {}, by=by())
    with pytest.raises(RefusedError, match="restore it first"):
        services.delete_dataset(dataset, by=by())
    with pytest.raises(RefusedError, match="restore it first"):
        services.restore_version(old, by=by())
    services.restore_dataset(dataset, by=by())
    with pytest.raises(RefusedError, match="not deleted"):
        services.restore_dataset(dataset, by=by())


def test_visibility_is_told_only_when_it_changes(hydro: Organization) -> None:
    dataset = make.dataset(hydro, visibility=Visibility.PRIVATE)
    with Heard(signals.visibility_changed) as said:
        services.set_visibility(dataset, "public", by=by())
        services.set_visibility(dataset, "public", by=by())
    assert len(said) == 1
    with pytest.raises(RefusedError, match="public or private"):
        services.set_visibility(dataset, "secret", by=by())


def test_an_edit_is_told_only_when_something_changed(hydro: Organization) -> None:
    dataset = make.dataset(hydro)
    version = make.version(dataset, "1.0")
    with Heard(signals.metadata_changed) as said:
        services.edit_metadata(dataset, {"titles": [{"title": "New"}]}, by=by())
        services.edit_metadata(dataset, {"titles": [{"title": "New"}]}, by=by())
        services.edit_version_metadata(version, {"language": "en"}, by=by())
        services.edit_version_metadata(version, {"language": "en"}, by=by())
    assert [told["version"] for told in said] == [None, version]
    assert Version.objects.count() == 1
