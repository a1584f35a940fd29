from django.urls import path

from datasets.views import acts, lists, metadata, pages

app_name = "datasets"

_LIST = "o/<slug:org>/datasets/"
_DATASET = _LIST + "<slug:slug>/"
_VERSION = _DATASET + "versions/<uuid:pk>/"

urlpatterns = [
    path(_LIST, lists.index, name="list"),
    # Not below the list: every word there is a dataset's short name.
    path("o/<slug:org>/new-dataset/", lists.create, name="create"),
    path(_DATASET, pages.dataset, name="dataset"),
    path(_DATASET + "edit/", metadata.edit, name="edit"),
    path(_DATASET + "edit/json/", metadata.edit_json, name="edit-json"),
    path(_DATASET + "visibility/", acts.visibility, name="visibility"),
    path(_DATASET + "delete/", acts.delete_dataset, name="delete"),
    path(_DATASET + "restore/", acts.restore_dataset, name="restore"),
    path(_DATASET + "versions/", acts.add_version, name="add-version"),
    path(_VERSION + "edit/", metadata.edit, name="version-edit"),
    path(_VERSION + "edit/json/", metadata.edit_json, name="version-edit-json"),
    path(_VERSION + "release/", acts.release, name="release"),
    path(_VERSION + "unrelease/", acts.unrelease, name="unrelease"),
    path(_VERSION + "delete/", acts.delete_version, name="version-delete"),
    path(_VERSION + "restore/", acts.restore_version, name="version-restore"),
]
