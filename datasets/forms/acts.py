"""The small forms: one per act that needs more than a yes."""

import json
from typing import Any, Final

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.hooks import hooks
from datasets.models import Dataset, Visibility

_LONGEST_JSON: Final = 1_000_000
_DEEPEST_JSON: Final = 40


class CreateDatasetForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=1000,
        widget=forms.TextInput,
        help_text=gettext_lazy("As it is to be cited."),
        error_messages={"required": gettext_lazy("Enter the title of the dataset.")},
    )
    slug = forms.CharField(
        label=gettext_lazy("Short name"),
        required=False,
        max_length=120,
        help_text=gettext_lazy(
            "For addresses of these pages: small letters, digits and hyphens. Empty: made from the title."
        ),
    )
    creators = forms.CharField(
        label=gettext_lazy("Creators"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "One on each line, people as “Family name, Given name”. ORCID iDs and affiliations come after this page."
        ),
    )
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who may see it"),
        choices=Visibility.choices,
        initial=Visibility.PRIVATE,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who may see it.")},
        help_text=gettext_lazy(
            "Public: everybody can read its pages. Private: members only; its DOIs still lead to a page. Can be changed later."
        ),
    )
    number = forms.CharField(
        label=gettext_lazy("First version"),
        required=False,
        initial="1.0",
        max_length=60,
        help_text=gettext_lazy("Made unreleased. Empty: no version yet."),
    )

    def clean_slug(self) -> str:
        """What was typed if it is a slug, else one made from the title."""
        typed: str = self.cleaned_data["slug"]
        if not typed:
            return slugify(self.cleaned_data.get("title", ""))[:120].strip("-") or "dataset"
        if typed != slugify(typed):
            raise forms.ValidationError(
                _("Only small letters a to z, digits and hyphens; for example “%(slug)s”.")
                % {"slug": slugify(typed) or "river-levels"}
            )
        return typed

    def metadata(self) -> dict[str, Any]:
        """The first metadata, in the shape of DataCite's JSON."""
        found: dict[str, Any] = {"titles": [{"title": self.cleaned_data["title"]}]}
        lines = [line.strip() for line in self.cleaned_data["creators"].splitlines()]
        creators = [_creator(line) for line in lines if line]
        return {**found, "creators": creators} if creators else found


def _creator(line: str) -> dict[str, Any]:
    family, comma, given = (part.strip() for part in line.partition(","))
    if not (comma and family and given):
        return {"name": line}
    return {"name": line, "nameType": "Personal", "familyName": family, "givenName": given}


class AddVersionForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Version number"),
        max_length=60,
        help_text=gettext_lazy("Such as 1.1 or 2026-03; it cannot be used twice in a dataset."),
        error_messages={"required": gettext_lazy("Enter a version number, such as 1.1.")},
    )


class WithdrawForm(forms.Form):
    """Asked when a permanent record stays behind: what its tombstone will say."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("One sentence; everybody can read it on the tombstone page, for ever."),
        error_messages={"required": gettext_lazy("Say in one sentence why it is withdrawn.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("More about it, also public. May stay empty."),
    )
    successor = forms.CharField(
        label=gettext_lazy("Replaced by"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("The DOI of what replaces it, in any form. May stay empty."),
    )

    def clean_successor(self) -> str:
        typed: str = self.cleaned_data["successor"]
        try:
            return hooks.guard.clean_successor(typed) if typed else ""
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class DeleteDatasetForm(forms.Form):
    """``withdraws``: at least one permanent record stays behind, so its tombstone needs a reason."""

    slug = forms.CharField(
        label=gettext_lazy("Short name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Type the short name of this dataset to confirm.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("One sentence; everybody can read it on the tombstone pages, for ever."),
        error_messages={"required": gettext_lazy("Say in one sentence why the dataset is deleted.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("More about it, also public. May stay empty."),
    )

    def __init__(self, *args: Any, dataset: Dataset, withdraws: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset = dataset
        self.fields["slug"].help_text = _("Type %(slug)s to confirm.") % {"slug": dataset.slug}
        if not withdraws:
            del self.fields["reason"], self.fields["note"]

    def clean_slug(self) -> str:
        typed: str = self.cleaned_data["slug"]
        if typed != self.dataset.slug:
            raise forms.ValidationError(
                _("That is not the short name of this dataset. Type %(slug)s, exactly so.")
                % {"slug": self.dataset.slug}
            )
        return typed


class JsonForm(forms.Form):
    """All fields as JSON, the complete way."""

    record = forms.CharField(
        label=gettext_lazy("Metadata"),
        strip=False,
        max_length=_LONGEST_JSON,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Attributes as in DataCite's REST API: titles, creators, publisher and so on. Everything is kept as written."
        ),
        error_messages={"required": gettext_lazy("Enter the metadata; {} where there is none.")},
    )

    def clean_record(self) -> dict[str, Any]:
        text: str = self.cleaned_data["record"]
        try:
            found = json.loads(text, parse_constant=_no_constant)
            _refuse_depth(found)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(_json_sentence(error, text)) from error
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is not JSON that can be kept: a number is too large, or it is nested too deeply.")
            ) from error
        if not isinstance(found, dict):
            raise forms.ValidationError(_("The whole must be one object: start with { and end with }."))
        if not _can_be_stored(found):
            raise forms.ValidationError(
                _("There is a character in it that no database keeps (\\u0000 or half a pair).")
            )
        return found


def _refuse_depth(value: Any, depth: int = 0) -> None:
    """Raises ValueError where it is nested deeper than any metadata is."""
    if depth > _DEEPEST_JSON:
        raise ValueError(depth)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_depth(inner, depth + 1)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _json_sentence(error: json.JSONDecodeError, text: str) -> str:
    lines = text.splitlines()
    line = lines[error.lineno - 1].strip() if error.lineno <= len(lines) else ""
    shown = line if len(line) <= 60 else line[:60] + "…"
    return _(
        "Line %(line)d, column %(column)d: %(what)s, at “%(shown)s”. Mend it there; nothing was saved."
    ) % {
        "line": error.lineno,
        "column": error.colno,
        "what": error.msg[:1].lower() + error.msg[1:],
        "shown": shown,
    }


def _can_be_stored(found: dict[str, Any]) -> bool:
    text = json.dumps(found, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in text
