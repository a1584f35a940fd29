"""What a process must have before it serves anybody."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def refuse_to_start_without_secrets() -> None:
    """
    Raise ImproperlyConfigured where a public site lacks its secrets.

    Without a ring no password of an account opens; without a common SECRET_KEY each process ends the others' sessions.
    On plain http (a demonstration, a developer's machine) both may be missing. Asked before the apps are ready, so it
    reads settings and nothing else; whether a key is a key is for ``check --deploy``.
    """
    if not settings.SITE_URL.startswith("https://"):
        return
    there = {
        "SECRET_KEY": settings.SECRET_KEY_IS_SET,
        "DOI_ENCRYPTION_KEYS": any(settings.DOI_ENCRYPTION_KEYS),
    }
    missing = [name for name, is_set in there.items() if not is_set]
    if missing:
        raise ImproperlyConfigured(
            f"SITE_URL is {settings.SITE_URL}, and {' and '.join(missing)} must be set for a site that is served over "
            "https (each may be read from a file named by the same name with _FILE)."
        )
