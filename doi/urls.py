from django.urls import URLPattern

app_name = "doi"
urlpatterns: list[URLPattern] = []
