from django.urls import path

from doi.views import act_urls, back_issue, configuration, findings, holds

app_name = "doi"
_SETTINGS = "o/<slug:slug>/settings/doi/"
_ABOVE = "i/<slug:slug>/settings/doi/"
_RUN = _SETTINGS + "back-issue/<int:number>/"
urlpatterns = [
    path(_SETTINGS, configuration.organization, name="configuration"),
    path(_ABOVE, configuration.institution, name="institution-configuration"),
    path(_SETTINGS + "back-issue/", back_issue.offer, name="back-issue"),
    path(_RUN, back_issue.run, name="back-issue-run"),
    path(_RUN + "undo/", back_issue.undo, name="back-issue-undo"),
    path(_RUN + "report.csv", back_issue.report, name="back-issue-report"),
    path(_RUN + "do/<slug:name>/", back_issue.act, name="back-issue-act"),
    *(
        path(address + act, view, {"lifting": lifting}, name=name + of)
        for lifting, act, name in ((False, "hold/", "hold-"), (True, "lift-hold/", "lift-"))
        for address, view, of in (
            (_SETTINGS, holds.organization, "organization"),
            (_ABOVE, holds.institution, "institution"),
            (_SETTINGS + "logins/<int:number>/", holds.login_of_organization, "login-of-organization"),
            (_ABOVE + "logins/<int:number>/", holds.login_of_institution, "login-of-institution"),
        )
    ),
    path("o/<slug:slug>/doi-findings/", findings.listed, name="findings"),
    path("o/<slug:slug>/doi-findings/<int:number>/repair/", findings.repair, name="repair-finding"),
    *act_urls.urlpatterns,
]
