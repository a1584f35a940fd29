from datasets.forms.acts import (
    AddVersionForm,
    CreateDatasetForm,
    DeleteDatasetForm,
    JsonForm,
    WithdrawForm,
)
from datasets.forms.editor import Editor, fingerprint

__all__ = [
    "AddVersionForm",
    "CreateDatasetForm",
    "DeleteDatasetForm",
    "Editor",
    "JsonForm",
    "WithdrawForm",
    "fingerprint",
]
