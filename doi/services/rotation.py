"""Brings every stored password under the first key of the ring. Online: nothing else stops, and no password is opened."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from doi import sealing
from doi.connections import secret_context
from doi.errors import SealError
from doi.failpoints import pass_point
from doi.models import LoginSecret

SLICE = 500


@dataclass(slots=True)
class Rotated:
    """How many were wrapped anew, and the secrets that did not open, as (secret, sentence)."""

    wrapped: int = 0
    shut: list[tuple[LoginSecret, str]] = field(default_factory=list)


def rotate() -> Rotated:
    """
    Wrap every data key that another than the primary key wraps. Each secret is one small write: stopped anywhere, it
    goes on where it was, and a password that is set meanwhile is left as it is. Raises SealError without a usable ring.
    """
    done = Rotated()
    primary = sealing.Ring.from_settings().primary
    for secret in _under_other_keys(primary):
        try:
            fresh = sealing.rewrap(_stored(secret), context=secret_context(secret))
        except SealError as error:
            done.shut.append((secret, str(error)))
            continue
        pass_point("rotate.wrapped")
        # Only as it was read: destroyed or wrapped by another call meanwhile, it is not ours any more.
        done.wrapped += LoginSecret.objects.filter(
            pk=secret.pk, key_id=secret.key_id, destroyed_at__isnull=True
        ).update(wrapped_key=fresh.wrapped_key, key_id=fresh.key_id)
        pass_point("rotate.written")
    return done


def _under_other_keys(primary: str) -> Iterator[LoginSecret]:
    """In slices by id: a cursor held open for long would hold up the database's cleaning."""
    after = 0
    secrets = LoginSecret.objects.filter(destroyed_at__isnull=True).exclude(key_id=primary)
    while found := list(secrets.filter(pk__gt=after).select_related("login").order_by("pk")[:SLICE]):
        yield from found
        after = found[-1].pk


def _stored(secret: LoginSecret) -> sealing.Sealed:
    assert secret.sealed is not None  # noqa: S101  (only what is not destroyed is read)
    assert secret.wrapped_key is not None  # noqa: S101
    return sealing.Sealed(bytes(secret.sealed), bytes(secret.wrapped_key), secret.key_id)
