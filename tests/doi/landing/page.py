"""A landing page as its readers, human and machine, take it apart."""

import json
from typing import Any

from django.test import Client
from django.urls import reverse
from lxml import html

from datasets.models import Version

type Response = Any  # the test client adds attributes to it that no class declares


def get(version: Version, **headers: str) -> Response:
    return Client().get(reverse("landing:version", args=[version.pk]), headers=headers)


def select(response: Response, path: str) -> list[Any]:
    tree: Any = html.fromstring(response.content.decode())
    return list(tree.xpath(path))


def text(response: Response) -> str:
    return " ".join("".join(select(response, "//body//text()[not(ancestor::script)]")).split())


def hrefs(response: Response) -> list[str]:
    return [str(href) for href in select(response, "//main//a/@href")]


def metas(response: Response) -> dict[str, str]:
    return {tag.get("name"): tag.get("content") for tag in select(response, "//meta[@name]")}


def json_ld(response: Response) -> dict[str, Any]:
    (script,) = select(response, "//script[@type='application/ld+json']")
    assert script.get("nonce")
    found: dict[str, Any] = json.loads(script.text)
    return found
