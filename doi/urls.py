from django.urls import path

from doi.views import act_urls, back_issue, configuration

app_name = "doi"
_SETTINGS = "o/<slug:slug>/settings/doi/"
_RUN = _SETTINGS + "back-issue/<int:number>/"
urlpatterns = [
    path(_SETTINGS, configuration.organization, name="configuration"),
    path("i/<slug:slug>/settings/doi/", configuration.institution, name="institution-configuration"),
    path(_SETTINGS + "back-issue/", back_issue.offer, name="back-issue"),
    path(_RUN, back_issue.run, name="back-issue-run"),
    path(_RUN + "undo/", back_issue.undo, name="back-issue-undo"),
    path(_RUN + "report.csv", back_issue.report, name="back-issue-report"),
    path(_RUN + "do/<slug:name>/", back_issue.act, name="back-issue-act"),
    *act_urls.urlpatterns,
]
