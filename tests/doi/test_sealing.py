"""A sealed password opens in its own place with its own key, and nowhere else."""

import base64
import dataclasses
import os

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from doi.errors import SealError
from doi.sealing import BLOCK_BYTES, Ring, Sealed, key_id, open_sealed, rewrap, seal

FIRST, SECOND = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2))
PLACE = {
    "table": "doi_loginsecret",
    "field": "sealed",
    "owner": "organization:1",
    "login": "7",
    "version": "1",
}
FIRST_ONLY = override_settings(DOI_ENCRYPTION_KEYS=[FIRST])


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def with_part(sealed: Sealed, part: str, data: bytes) -> Sealed:
    parts = {"sealed": sealed.sealed, "wrapped_key": sealed.wrapped_key, part: data}
    return Sealed(parts["sealed"], parts["wrapped_key"], sealed.key_id)


@given(password=st.text(st.characters(), max_size=300))
def test_a_password_of_any_unicode_comes_back_as_it_went_in(password: str) -> None:
    with FIRST_ONLY:
        assert open_sealed(seal(password, context=PLACE), context=PLACE) == password


def test_every_flipped_bit_keeps_it_shut() -> None:
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        for part in ("sealed", "wrapped_key"):
            data = getattr(sealed, part)
            for bit in range(8 * len(data)):
                with pytest.raises(SealError):
                    open_sealed(with_part(sealed, part, flipped(data, bit)), context=PLACE)


@given(part=st.sampled_from(sorted(PLACE)), value=st.text(max_size=20))
def test_another_place_keeps_it_shut(part: str, value: str) -> None:
    elsewhere = PLACE | {part: value}
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        if elsewhere == PLACE:
            return
        with pytest.raises(SealError):
            open_sealed(sealed, context=elsewhere)


@pytest.mark.parametrize("part", sorted(PLACE))
def test_a_place_with_a_part_missing_keeps_it_shut(part: str) -> None:
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        with pytest.raises(SealError):
            open_sealed(sealed, context={name: value for name, value in PLACE.items() if name != part})


def test_the_data_key_of_one_secret_does_not_open_another() -> None:
    with FIRST_ONLY:
        one, other = (seal(word, context=PLACE) for word in ("one", "other"))
        with pytest.raises(SealError):
            open_sealed(dataclasses.replace(one, wrapped_key=other.wrapped_key), context=PLACE)


@given(data=st.binary(max_size=80))
def test_rubbish_keeps_it_shut(data: bytes) -> None:
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        for part in ("sealed", "wrapped_key"):
            with pytest.raises(SealError):
                open_sealed(with_part(sealed, part, data), context=PLACE)


def test_the_same_password_is_never_sealed_the_same_way_twice() -> None:
    with FIRST_ONLY:
        one, other = (seal("correct horse", context=PLACE) for _ in range(2))
    assert one.sealed != other.sealed
    assert one.wrapped_key != other.wrapped_key


def test_the_length_of_the_ciphertext_does_not_tell_the_length_of_the_password() -> None:
    with FIRST_ONLY:
        lengths = {len(seal("x" * size, context=PLACE).sealed) for size in range(BLOCK_BYTES)}
    assert len(lengths) == 1


def test_no_repr_shows_a_secret() -> None:
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        shown = repr(sealed) + repr(Ring.from_settings())
    for secret in (
        "correct horse",
        FIRST,
        repr(bytes([1]) * 32),
        repr(sealed.sealed),
        repr(sealed.wrapped_key),
    ):
        assert secret not in shown


def test_an_error_carries_no_secret_in_its_chain() -> None:
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        with pytest.raises(SealError) as caught:
            open_sealed(sealed, context={})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "horse" not in str(caught.value)


def test_without_a_ring_it_refuses_and_says_what_to_set() -> None:
    with override_settings(DOI_ENCRYPTION_KEYS=[]), pytest.raises(SealError, match="DOI_ENCRYPTION_KEYS"):
        seal("correct horse", context=PLACE)


@pytest.mark.parametrize("key", ["short", FIRST[:-4], FIRST + "AAAA", "!" + FIRST[1:], "ключ"])
def test_a_key_that_is_no_key_is_named_by_its_position_only(key: str) -> None:
    with pytest.raises(SealError, match="Key 2 in DOI_ENCRYPTION_KEYS") as caught:
        Ring.of([FIRST, key])
    assert key not in str(caught.value)


def test_keys_may_come_with_spaces_and_without_padding() -> None:
    assert Ring.of([f" {FIRST.rstrip('=')}\n", ""]).primary == key_id(bytes([1]) * 32)


def test_rotation_keeps_the_sealed_password_and_wraps_its_key_anew() -> None:
    with FIRST_ONLY:
        old = seal("correct horse", context=PLACE)
    with override_settings(DOI_ENCRYPTION_KEYS=[SECOND, FIRST]):
        new = rewrap(old, context=PLACE)
        assert open_sealed(old, context=PLACE) == open_sealed(new, context=PLACE) == "correct horse"
        assert new.key_id == key_id(bytes([2]) * 32)
        assert new.sealed == old.sealed
        assert rewrap(new, context=PLACE) is new
    with override_settings(DOI_ENCRYPTION_KEYS=[SECOND]):
        assert open_sealed(new, context=PLACE) == "correct horse"
        with pytest.raises(SealError, match="no longer in DOI_ENCRYPTION_KEYS"):
            open_sealed(old, context=PLACE)


def test_rotation_refuses_what_does_not_open() -> None:
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        with pytest.raises(SealError):
            rewrap(sealed, context=PLACE | {"owner": "organization:2"})


def test_a_wrapped_key_under_another_name_does_not_open() -> None:
    with override_settings(DOI_ENCRYPTION_KEYS=[FIRST, SECOND]):
        sealed = seal("correct horse", context=PLACE)
        with pytest.raises(SealError):
            open_sealed(dataclasses.replace(sealed, key_id=key_id(bytes([2]) * 32)), context=PLACE)


def test_a_memoryview_from_the_database_opens() -> None:
    with FIRST_ONLY:
        sealed = seal("correct horse", context=PLACE)
        viewed = Sealed(memoryview(sealed.sealed), memoryview(sealed.wrapped_key), sealed.key_id)  # type: ignore[arg-type]
        assert open_sealed(viewed, context=PLACE) == "correct horse"


def test_a_ring_of_real_keys_opens() -> None:
    with override_settings(DOI_ENCRYPTION_KEYS=[base64.urlsafe_b64encode(os.urandom(32)).decode()]):
        assert open_sealed(seal("correct horse", context=PLACE), context=PLACE) == "correct horse"
