"""The components say what they are told, escaped, and name what they describe."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils import timezone

from datasets.hooks import Consequence


def rendered(template: str, **context: object) -> str:
    return Template("{% load components %}" + template).render(Context(context))


class PlainForm(forms.Form):
    name = forms.CharField(label="Your name", help_text="As on paper.")
    kind = forms.ChoiceField(
        label="Kind", choices=[("a", "First"), ("b", "Second")], widget=forms.RadioSelect
    )


def test_a_field_ties_its_help_and_error_to_its_control() -> None:
    html = rendered(
        '{% include "components/field.html" with field=form.name %}', form=PlainForm({"kind": "a"})
    )

    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_the_error_summary_links_to_every_wrong_field() -> None:
    html = rendered('{% include "components/error_summary.html" %}', form=PlainForm({}))

    assert 'href="#id_name"' in html
    assert 'href="#id_kind"' in html
    assert "autofocus" in html


def test_a_radio_group_can_be_reached_from_the_summary() -> None:
    html = rendered('{% include "components/field.html" with field=form.kind %}', form=PlainForm({}))

    assert 'id="id_kind"' in html
    assert html.count('type="radio"') == 2


def test_a_callout_escapes_its_title_and_keeps_its_content() -> None:
    html = rendered(
        "{% callout kind='danger' title=title %}<p>{{ text }}</p>{% endcallout %}", title="<b>", text="<i>"
    )

    assert "&lt;b&gt;" in html
    assert "<p>&lt;i&gt;</p>" in html
    assert 'data-kind="danger"' in html


def test_a_table_that_scrolls_can_take_the_focus() -> None:
    html = rendered("{% datatable caption='Rows' scroll=True %}<tbody></tbody>{% enddatatable %}")

    assert 'tabindex="0"' in html
    assert 'aria-label="Rows"' in html


def test_a_consequence_that_cannot_be_undone_says_so() -> None:
    html = rendered(
        '{% include "components/consequences.html" %}',
        consequences=[Consequence("Goes away."), Consequence("Stays gone.", irreversible=True)],
    )

    assert html.count("This cannot be undone.") == 1


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "22 Nov 2026, 23:30 UTC"),
        ("Europe/Berlin", "22 Nov 2026, 23:30 UTC (23 Nov, 00:30 Europe/Berlin)"),
        ("America/New_York", "22 Nov 2026, 23:30 UTC (18:30 America/New_York)"),
    ],
)
def test_a_moment_is_shown_in_utc_and_in_the_persons_zone_where_it_differs(zone: str, expected: str) -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo(zone)):
        html = rendered("{% moment at %}", at=at)

    text = Template("{{ html|striptags }}").render(Context({"html": html}))
    assert " ".join(text.split()) == expected


def test_pages_keep_the_other_parts_of_the_address() -> None:
    page = Paginator(range(30), 10).page(2)
    request = RequestFactory().get("/?show=draft&page=2")

    html = Template('{% include "components/pagination.html" %}').render(
        RequestContext(request, {"page": page})
    )

    assert "11 to 20 of 30" in html
    assert "show=draft&amp;page=3" in html
