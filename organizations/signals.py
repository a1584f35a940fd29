"""
What happened to roles, told inside the same transaction.

Senders use ``send()``: a receiver that raises undoes the change. Every signal carries ``membership``, ``actor: str`` (a
pseudonymous id such as ``user:12`` or ``catalogue``), ``cause: str`` (one word) and ``now: datetime``.
"""

from django.dispatch import Signal

member_added = Signal()
member_removed = Signal()  # its row goes next
role_changed = Signal()  # before: the role held until now
