"""What the sandbox tells about itself."""

from doi.sandbox import Request, Sandbox
from doi.sandbox.accounts import Account
from tests.doi.sandbox.calls import datacite, draft
from tests.support.sandbox import sandbox_with


def ask(sandbox: Sandbox, path: str, method: str = "GET") -> tuple[int, str]:
    answer = sandbox.answer(Request(method, path))
    return answer.status, answer.body.decode()


def test_the_page_lists_accounts_dois_and_requests_and_no_password() -> None:
    sandbox = sandbox_with(datacite=[("ORG.REPO", "very-secret", "10.70112")])
    client = datacite(sandbox, auth=("ORG.REPO", "very-secret"))
    client.post(
        "/dois", json={"data": {"attributes": {"doi": "10.70112/abc", "url": "https://a.example/?a=1&b=2"}}}
    )

    status, page = ask(sandbox, "/")

    assert status == 200
    for words in (
        "ORG.REPO",
        "10.70112/abc",
        "draft",
        "https://a.example/?a=1&amp;b=2",
        "POST /datacite/dois",
    ):
        assert words in page
    assert "very-secret" not in page


def test_the_page_escapes_everything_from_outside() -> None:
    sandbox = Sandbox([Account("datacite", "ORG.<b>REPO", "secret", ("10.70112",))])
    client = datacite(sandbox, auth=("ORG.<b>REPO", "secret"))
    url = 'javascript://x/"><script>alert(1)</script>'
    client.post("/dois", json={"data": {"attributes": {"doi": "10.70112/a", "url": f"https://{url}"}}})
    client.get("/dois?<script>")

    page = ask(sandbox, "/")[1]

    assert "<script" not in page
    assert "<b>" not in page


def test_only_the_newest_two_hundred_dois_are_shown() -> None:
    sandbox = sandbox_with()
    for number in range(201):
        draft(sandbox, f"10.70112/{number:04}")

    page = ask(sandbox, "/")[1]

    assert "the newest 200 of 201" in page
    assert "10.70112/0200" in page
    assert "10.70112/0000" not in page


def test_requests_are_counted_by_kind_until_the_counts_are_reset() -> None:
    sandbox = sandbox_with()
    draft(sandbox, "10.70112/a")
    draft(sandbox, "10.70112/b")
    datacite(sandbox).get("/dois/10.70112/a")

    counted = ask(sandbox, "/counts")
    reset = ask(sandbox, "/counts", "DELETE")

    assert counted == (200, '{"datacite":{"POST /dois":2,"GET /dois/:doi":1},"ezid":{},"total":3}')
    assert reset == (204, "")
    assert ask(sandbox, "/counts")[1] == '{"datacite":{},"ezid":{},"total":0}'


def test_records_are_json_and_other_addresses_are_refused() -> None:
    sandbox = sandbox_with()
    draft(sandbox)

    assert ask(sandbox, "/records")[1].startswith(
        '[{"name":"10.70112/7k3m-q845","provider":"datacite","state":"draft"'
    )
    assert ask(sandbox, "/records", "POST")[0] == 405
    assert ask(sandbox, "/nothing")[0] == 404
