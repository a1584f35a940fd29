import pytest

from datasets.forms import CreateDatasetForm, JsonForm, WithdrawForm


def create(**fields: str) -> CreateDatasetForm:
    return CreateDatasetForm({"title": "River Stage, Readings", "visibility": "private", **fields})


def test_a_short_name_is_made_from_the_title() -> None:
    form = create()
    assert form.is_valid()
    assert form.cleaned_data["slug"] == "river-stage-readings"


def test_a_title_without_latin_letters_still_gives_a_short_name() -> None:
    form = create(title="河川水位")
    assert form.is_valid()
    assert form.cleaned_data["slug"] == "dataset"


def test_a_short_name_that_is_none_gets_a_proposal() -> None:
    form = create(slug="River Stage!")
    assert not form.is_valid()
    assert "river-stage" in form.errors["slug"][0]


def test_creators_are_people_where_a_comma_says_so() -> None:
    form = create(creators="Okafor, Ngozi\n\n Water Board ")
    assert form.is_valid()
    assert form.metadata() == {
        "titles": [{"title": "River Stage, Readings"}],
        "creators": [
            {"name": "Okafor, Ngozi", "nameType": "Personal", "familyName": "Okafor", "givenName": "Ngozi"},
            {"name": "Water Board"},
        ],
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{\n  "titles": [\n}', "Line 3, column 1"),
        ("[1]", "one object"),
        ('{"a": NaN}', "not JSON that can be kept"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON that can be kept"),
        ('{"a":' * 3000 + "1" + "}" * 3000, "nested too deeply"),
        ('{"a": "\\u0000"}', "no database keeps"),
        ('{"a": "\\ud800"}', "no database keeps"),
        ("", "Enter the metadata"),
    ],
)
def test_json_that_cannot_be_kept_says_where_and_why(text: str, sentence: str) -> None:
    form = JsonForm({"record": text})
    assert not form.is_valid()
    assert sentence in form.errors["record"][0]


def test_json_is_kept_as_written() -> None:
    form = JsonForm({"record": '{"b": 1.50, "a": " x "}'})
    assert form.is_valid()
    assert form.cleaned_data["record"] == {"b": 1.5, "a": " x "}


def test_a_withdrawal_needs_a_reason_and_takes_a_doi_in_any_form() -> None:
    assert "reason" in WithdrawForm({}).errors
    form = WithdrawForm({"reason": "Faulty", "successor": "https://doi.org/10.1234/ABC"})
    assert form.is_valid()
    assert form.cleaned_data["successor"] == "10.1234/abc"
    assert "successor" in WithdrawForm({"reason": "Faulty", "successor": "next one"}).errors
