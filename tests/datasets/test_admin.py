from django.test import Client

from organizations.models import Organization, User
from tests.datasets import make


def test_operators_look_and_change_nothing(hydro: Organization, client: Client) -> None:
    version = make.version(make.dataset(hydro), "1.0")
    client.force_login(User.objects.create_superuser("root@example.org"))
    assert client.get("/admin/datasets/dataset/").status_code == 200
    there = f"/admin/datasets/version/{version.pk}/change/"
    assert client.get(there).status_code == 200
    assert client.post(there, {"number": "9"}).status_code == 403
    assert client.post(there.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert client.get("/admin/datasets/version/add/").status_code == 403
