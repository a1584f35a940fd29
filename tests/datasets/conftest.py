from collections.abc import Callable

import pytest
from django.test import Client

from organizations.models import Organization, User
from tests.datasets import make


@pytest.fixture
def hydro(db: None) -> Organization:
    return make.organization()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which that person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
