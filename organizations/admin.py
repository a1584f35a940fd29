"""Django's own admin, for operators."""

from django.contrib import admin

from organizations.models import Institution, Membership, Organization, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ["email", "name", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    # Passwords are chosen by their owners, through an invitation or a reset.
    fields = ["email", "name", "time_zone", "is_active", "is_staff", "is_superuser"]


@admin.register(Institution)
class InstitutionAdmin(admin.ModelAdmin[Institution]):
    list_display = ["name", "slug", "parent"]
    search_fields = ["name", "slug"]
    fields = ["slug", "name", "parent"]


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin[Organization]):
    list_display = ["name", "slug", "institution", "closed_at"]
    search_fields = ["name", "slug"]
    fields = ["slug", "name", "institution", "time_zone", "closed_at"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ["user", "organization", "institution", "role"]
    list_filter = ["role"]
    autocomplete_fields = ["user", "organization", "institution"]
