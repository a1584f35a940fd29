import uuid

from django.urls import path, register_converter

from doi.landing import views
from doi.landing.formats import FORMATS

app_name = "landing"


class HexConverter:
    """A UUID as the 32 digits that permanent addresses are made of."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> uuid.UUID:
        return uuid.UUID(hex=value)

    def to_url(self, value: uuid.UUID) -> str:
        return value.hex


class DocumentConverter:
    regex = "|".join(one.file.replace(".", r"\.") for one in FORMATS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(HexConverter, "landing_id")
register_converter(DocumentConverter, "landing_document")

urlpatterns = [
    path("v/<landing_id:landing_id>", views.version, name="version"),
    path("v/<landing_id:landing_id>/<landing_document:file>", views.document, name="document"),
]
