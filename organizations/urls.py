from django.urls import path

from organizations import views

app_name = "organizations"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("password/forgotten/", views.forgotten, name="password-reset"),
    path("password/forgotten/sent/", views.forgotten_sent, name="password-reset-sent"),
    path("password/<uidb64>/<token>/", views.choose_password, name="password-choose"),
    path("invitation/<uidb64>/<token>/", views.invitation, name="invitation"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.change_password, name="password-change"),
    path("o/<slug:slug>/", views.organization, name="organization"),
    path("o/<slug:slug>/members/", views.members, name="members"),
    path("o/<slug:slug>/settings/", views.settings, name="settings"),
    path("i/<slug:slug>/", views.institution, name="institution"),
]
