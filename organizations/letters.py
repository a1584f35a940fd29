"""Letters to people. What is committed stands without them, so a mail server that is away is no fault of the caller's."""

import logging
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from organizations.models import User

log = logging.getLogger(__name__)


def send(user: User, letter: str, **context: Any) -> bool:
    """
    Write `templates/mail/LETTER.txt` to this person; whether it went out.

    The template has the person as `person` and the base of all links as `site_url` beside `context`; its subject is `LETTER_subject.txt`.
    """
    context |= {"person": user, "site_url": settings.SITE_URL}
    # One line, whatever the things in it are called.
    subject = " ".join(render_to_string(f"mail/{letter}_subject.txt", context).split())
    try:
        send_mail(subject, render_to_string(f"mail/{letter}.txt", context), None, [user.email])
    except OSError as error:  # smtplib's own errors are among these
        # Not the error's words: a server may repeat the address.
        log.warning("mail_not_sent user=%s letter=%s error=%s", user.pk, letter, type(error).__name__)
        return False
    return True
