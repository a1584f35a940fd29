"""Dates and ranges, as DataCite means them."""

import pytest

from doi.metadata.dates import date_fault


@pytest.mark.parametrize(
    "text",
    [
        "2004",
        "0000",
        "-0044",
        "+2004",
        "-12000",
        "Y-17000",
        "2004-05",
        "2004-02-29",
        "2000-02-29",
        "-0004-02-29",
        "2004-05-31T23:59",
        "2016-08-10T00:00:00",
        "2011-02-01T17:22:41Z",
        "2011-02-01T17:22:41.123+02:00",
        "2016-12-31T23:59:60Z",
        "20040531",
        "20040531T101500",
        "2004-06~",
        "2004?",
        "199X",
        "19XX",
        "19uu",
        "2004-??",
        "2004-06-XX",
        "2004-XX-XX",
        "2001-21",
        "2009-10-01/2014-01-23",
        "2020/2020",
        "2004-06/2004",
        "-0100/0100",
        "2004/",
        "/2004",
        "../2004",
        "2004/open",
        "unknown/2004",
        "2004-21/2004-06",
        "199X/2001",
    ],
)
def test_dates_are_let_pass(text: str) -> None:
    assert date_fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "07.04.2017",
        "April 2017",
        "20x5",
        "201",
        "99999",
        "2004/5/6",
        "2004-5-6",
        "2004-05-31 10:00",
        "2004-05-31T25:00",
        "2004-05T10:00",
        "/",
        "../..",
        "open/unknown",
        "2004-01-01/P1Y",
        "2004 / 2005",
        "٢٠٠٤",
        "20XX4",
        "2004-31-XX",
    ],
)
def test_what_is_no_date_is_named(text: str) -> None:
    fault = date_fault(text)
    assert fault is not None
    assert "is not a date" in fault
    assert text in fault


@pytest.mark.parametrize(
    "text", ["2023-02-29", "1900-02-29", "2004-13", "2004-00", "2004-04-31", "2004-05-00", "20041301"]
)
def test_days_that_do_not_exist_are_named(text: str) -> None:
    assert "no such day" in str(date_fault(text))
    assert "no such day" in str(date_fault(f"2000/{text}"))


@pytest.mark.parametrize("text", ["2005/2004", "2004-06/2004-05", "2004-05-02/2004-05-01", "0100/-0100"])
def test_ranges_that_end_before_they_begin_are_named(text: str) -> None:
    assert "ends before it begins" in str(date_fault(text))


def test_a_long_text_is_quoted_in_part() -> None:
    fault = str(date_fault("x" * 100_000))
    assert len(fault) < 250
    assert "…" in fault
