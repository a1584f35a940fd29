"""What was held by the columns that go with the next migration is held by a row. Who did it was not written down."""

from django.db import migrations


def fill(apps, schema_editor):
    Hold = apps.get_model("doi", "Hold")
    for issuance in apps.get_model("doi", "DatasetIssuance").objects.filter(held_at__isnull=False):
        Hold.objects.create(
            dataset_id=issuance.dataset_id, reason=issuance.hold_reason, held_at=issuance.held_at
        )
    for login in apps.get_model("doi", "Login").objects.filter(promotions_stopped_at__isnull=False):
        Hold.objects.create(login_id=login.pk, held_at=login.promotions_stopped_at)


def empty(apps, schema_editor):
    for hold in apps.get_model("doi", "Hold").objects.filter(lifted_at__isnull=True):
        if hold.dataset_id:
            apps.get_model("doi", "DatasetIssuance").objects.update_or_create(
                dataset_id=hold.dataset_id, defaults={"held_at": hold.held_at, "hold_reason": hold.reason}
            )
        elif hold.login_id:
            apps.get_model("doi", "Login").objects.filter(pk=hold.login_id).update(
                promotions_stopped_at=hold.held_at
            )


class Migration(migrations.Migration):
    dependencies = [("doi", "0008_hold_above_one_doi")]
    operations = [migrations.RunPython(fill, empty)]
