"""
Puts a generated catalogue's rows straight into the database, for tests of what comes after the import.

Standard input is JSON Lines as for `import_catalog`, of organizations and of datasets that were released long ago.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any

import django


def main(lines: list[dict[str, Any]]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redivis_doi.settings")
    django.setup()
    from django.db import transaction

    from datasets.models import Dataset, Version
    from organizations.models import Organization

    with transaction.atomic():
        places = {
            line["slug"]: Organization.objects.create(slug=line["slug"], name=line["name"])
            for line in lines
            if line["type"] == "organization"
        }
        wanted = [line for line in lines if line["type"] == "dataset"]
        datasets = Dataset.objects.bulk_create(
            Dataset(
                organization=places[line["organization"]],
                slug=line["slug"],
                visibility=line["visibility"],
                metadata=line["metadata"],
            )
            for line in wanted
        )
        Version.objects.bulk_create(
            Version(
                dataset=dataset,
                number=each["number"],
                position=position,
                released_at=datetime.fromisoformat(each["released"]),
            )
            for dataset, line in zip(datasets, wanted, strict=True)
            for position, each in enumerate(line["versions"], start=1)
        )


if __name__ == "__main__":
    main([json.loads(line) for line in sys.stdin])
