"""The two addresses that browsers and robots ask of every host."""

from django.contrib.staticfiles import finders
from django.test import Client


def test_the_icon_is_led_to_the_drawing(client: Client) -> None:
    answer = client.get("/favicon.ico")

    assert (answer.status_code, answer["Location"]) == (302, "/static/icon.svg")
    assert finders.find("icon.svg")


def test_robots_may_read_landing_pages_and_nothing_else(client: Client) -> None:
    answer = client.get("/robots.txt")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    rules = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert rules == ["User-agent: *", "Allow: /v/", "Allow: /static/", "Disallow: /"]
