"""
What happened to datasets and versions, told inside the same transaction.

Senders use ``send()``: a receiver that raises undoes the change. Every signal carries ``actor: str`` (a pseudonymous
id such as ``user:12``, ``catalogue`` or ``system``), ``cause: str`` (one word) and ``now: datetime``.
"""

from django.dispatch import Signal

dataset_created = Signal()  # dataset
dataset_deleted = Signal()  # dataset, versions (those that went with it), reason, note
dataset_restored = Signal()  # dataset, versions
visibility_changed = Signal()  # dataset
metadata_changed = Signal()  # dataset, version or None (None: all versions)
version_released = Signal()  # version
version_unreleased = Signal()  # version
version_deleted = Signal()  # version, reason, note, successor
version_restored = Signal()  # version
version_removed = Signal()  # version: never released, its row goes next
