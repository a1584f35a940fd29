"""The page for our own faults stands alone: it needs no context, no session and no database."""

from django.test import RequestFactory
from django.views.defaults import server_error


def test_the_page_for_our_own_faults_says_what_to_do() -> None:
    answer = server_error(RequestFactory().get("/"))

    assert answer.status_code == 500
    assert "look before you try again" in answer.content.decode()
