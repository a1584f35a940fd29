"""Operators look here; changes go through the pages, so that what follows from them happens."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from datasets.models import Dataset, Version


class ReadOnly:
    """Nothing is added, changed or deleted past the services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


@admin.register(Dataset)
class DatasetAdmin(ReadOnly, admin.ModelAdmin[Dataset]):
    list_display = ("slug", "organization", "visibility", "created_at", "deleted_at")
    list_filter = ("visibility",)
    list_select_related = ("organization",)
    search_fields = ("slug", "organization__slug")


@admin.register(Version)
class VersionAdmin(ReadOnly, admin.ModelAdmin[Version]):
    list_display = ("number", "dataset", "position", "released_at", "deleted_at")
    list_select_related = ("dataset",)
    search_fields = ("number", "dataset__slug")
    readonly_fields = ("id",)
