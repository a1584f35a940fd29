"""Django's own admin, for operators."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from organizations import signals
from organizations.access import person
from organizations.models import Institution, Membership, Organization, User


class Kept:
    """
    Nothing is deleted here: what hangs on it would go without a word in the history. People are deactivated.

    `settled` is said once, when the row is made: a change has consequences (another account in force, other publishers,
    broken links) that follow from an import of the catalogue and not from a form.
    """

    settled: ClassVar[tuple[str, ...]] = ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return self.settled if obj is not None else ()


@admin.register(User)
class UserAdmin(Kept, admin.ModelAdmin[User]):
    list_display = ["email", "name", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    # Passwords are chosen by their owners, through an invitation or a reset.
    fields = ["email", "name", "time_zone", "is_active", "is_staff", "is_superuser"]


@admin.register(Institution)
class InstitutionAdmin(Kept, admin.ModelAdmin[Institution]):
    list_display = ["name", "slug", "parent"]
    search_fields = ["name", "slug"]
    fields = ["slug", "name", "parent"]
    settled = ("slug", "parent")


@admin.register(Organization)
class OrganizationAdmin(Kept, admin.ModelAdmin[Organization]):
    list_display = ["name", "slug", "institution", "closed_at"]
    search_fields = ["name", "slug"]
    fields = ["slug", "name", "institution", "time_zone", "closed_at"]
    # The name is what datasets give as their publisher where nobody named another.
    settled = ("slug", "name", "institution", "closed_at")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ["user", "organization", "institution", "role"]
    list_filter = ["role"]
    fields = ["user", "organization", "institution", "role"]
    autocomplete_fields = ["user", "organization", "institution"]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        """Who and where is said once; what changes afterwards is the role."""
        del request
        return [] if obj is None else ["user", "organization", "institution"]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:  # noqa: FBT001
        before = Membership.objects.filter(pk=obj.pk).values_list("role", flat=True).first()
        super().save_model(request, obj, form, change)
        if before is None:
            signals.member_added.send(Membership, membership=obj, **_who(request))
        elif before != obj.role:
            signals.role_changed.send(Membership, membership=obj, before=before, **_who(request))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        signals.member_removed.send(Membership, membership=obj, **_who(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset:
            self.delete_model(request, membership)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"actor": person(request).actor, "cause": "admin", "now": timezone.now()}
