from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("doi.landing.urls")),
    path("", include("organizations.urls")),
    path("", include("doi.urls")),
    path("", include("datasets.urls")),
]
