"""
The Celery application. It carries no truth: a message is a doorbell with an account's id, and beat rings them all.

Every doorbell may be lost, doubled or late without harm; the rows say what is due.
"""

import os

from celery import Celery
from django.conf import settings

from redivis_doi.starting import refuse_to_start_without_secrets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redivis_doi.settings")

VISIBILITY_TIMEOUT = 3600

refuse_to_start_without_secrets()

app = Celery("redivis_doi")
app.config_from_object(
    {
        "broker_url": settings.CELERY_BROKER_URL or None,
        "broker_connection_retry_on_startup": True,
        "task_ignore_result": True,
        "result_backend": None,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_time_limit": 200,
        "task_soft_time_limit": 170,
        "enable_utc": True,
        "timezone": "UTC",
        "worker_soft_shutdown_timeout": 60,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT},
        "result_backend_transport_options": {"visibility_timeout": VISIBILITY_TIMEOUT},
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "beat_schedule": {
            "sweep-due": {"task": "doi.sweep_due", "schedule": 10.0},
            "finalize-drafts": {"task": "doi.finalize_drafts", "schedule": 30.0},
            "remind": {"task": "doi.remind", "schedule": 60.0},
            "take-looks": {"task": "doi.take_looks", "schedule": 20.0},
            "compare": {"task": "doi.compare", "schedule": 60.0},
            "seal-history": {"task": "doi.seal_history", "schedule": 60.0},
        },
    }
)
app.autodiscover_tasks(["doi"])
