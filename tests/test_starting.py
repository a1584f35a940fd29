"""A public site does not start without its secrets; a demonstration does."""

import base64
import os
import subprocess
import sys

import pytest
from django.conf import settings

KEY = base64.urlsafe_b64encode(bytes(32)).decode()
SECRETS = {"SECRET_KEY": "a long text for a test", "DOI_ENCRYPTION_KEYS": KEY}
PROCESSES = ["redivis_doi.wsgi", "redivis_doi.celery"]


def start(module: str, site: str, *, then: str = "", **secrets: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(tuple(SECRETS))}
    return subprocess.run(
        [sys.executable, "-c", f"import {module}; {then}"],
        cwd=settings.BASE_DIR,
        env={**known, "SITE_URL": site, "DJANGO_SETTINGS_MODULE": "redivis_doi.settings", **secrets},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", PROCESSES)
@pytest.mark.parametrize("missing", SECRETS)
def test_a_public_site_does_not_start_without(missing: str, module: str) -> None:
    secrets = {name: value for name, value in SECRETS.items() if name != missing}

    done = start(module, "https://doi.example.edu", **secrets)

    assert done.returncode == 1
    assert (
        f"ImproperlyConfigured: SITE_URL is https://doi.example.edu, and {missing} must be set" in done.stderr
    )
    assert KEY not in done.stderr


@pytest.mark.parametrize("module", PROCESSES)
def test_a_public_site_starts_with_all_its_secrets(module: str) -> None:
    assert start(module, "https://doi.example.edu", **SECRETS).returncode == 0


@pytest.mark.parametrize("module", PROCESSES)
def test_a_demonstration_starts_without_any(module: str) -> None:
    assert start(module, "http://localhost:8000").returncode == 0


def test_the_host_of_landing_pages_is_in_lower_case_and_the_path_as_it_is() -> None:
    shown = "from django.conf import settings; print(settings.SITE_URL)"

    done = start("redivis_doi.wsgi", "HTTPS://Data.Example.EDU:8443/Sub/", then=shown, **SECRETS)

    assert done.stdout == "https://data.example.edu:8443/Sub\n"
