"""The deployment's kill switch: stop, go, status."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from doi.models import DoiEvent, Hold

pytestmark = pytest.mark.django_db


def said(*words: str, **options: str) -> str:
    out = StringIO()
    call_command("promotions", *words, stdout=out, **options)
    return out.getvalue()


def exit_of(*words: str, **options: str) -> tuple[int, str]:
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("promotions", *words, stderr=err, **options)
    return int(ended.value.code or 0), err.getvalue()


def test_it_stops_says_so_and_goes_on() -> None:
    assert said("status") == "Promotions go on.\n"
    assert "stopped since" in said("stop", reason="A restore.")
    assert "A restore." in said("status")
    assert said("go") == "Promotions go on.\n"
    assert list(DoiEvent.objects.values_list("event", "actor")) == [
        ("stopped", "command"),
        ("going_on", "command"),
    ]


def test_twice_is_refused_in_one_line() -> None:
    assert exit_of("go") == (1, "Making DOIs permanent is not stopped.\n")
    said("stop", reason="A restore.")
    assert exit_of("stop", reason="Again.") == (1, "Making DOIs permanent is stopped already.\n")
    assert Hold.objects.count() == 1


def test_stopping_needs_a_reason() -> None:
    code, words = exit_of("stop")
    assert (code, words.count("\n")) == (2, 1)
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("promotions", "pause")
