"""How accounts are named on the sandbox's command line and in its file."""

import json
from pathlib import Path
from typing import Any

import pytest

from doi.sandbox.accounts import Account, Accounts, load_accounts, parse_account
from doi.sandbox.problems import WrongCallError


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("datacite:ORG.REPO:secret:10.70112", Account("datacite", "ORG.REPO", "secret", ("10.70112",))),
        ("datacite:ORG.REPO:a:b::c:10.70112", Account("datacite", "ORG.REPO", "a:b::c", ("10.70112",))),
        ("ezid:apiuser:secret:10.5072/FK2", Account("ezid", "apiuser", "secret", ("10.5072/fk2",))),
        ("ezid:apiuser:10.5072/fk2:10.7280/d1", Account("ezid", "apiuser", "10.5072/fk2", ("10.7280/d1",))),
    ],
)
def test_the_id_ends_at_the_first_colon_and_the_prefix_begins_after_the_last(
    text: str, account: Account
) -> None:
    assert parse_account(text) == account


@pytest.mark.parametrize(
    "text",
    [
        "crossref:me:hunter2:10.70112",
        "datacite:ORG.REPO:hunter2",
        "datacite::hunter2:10.70112",
        "datacite:ORG.REPO::10.70112",
        "datacite:ORG.REPO:hunter2:20.1",
        "datacite:ORG.REPO:hunter2:10.70112/abc",
        "ezid:apiuser:hunter2:fk2",
    ],
)
def test_what_is_no_account_is_refused_without_repeating_the_password(text: str) -> None:
    with pytest.raises(WrongCallError) as refused:
        parse_account(text)

    if text != "datacite:ORG.REPO:hunter2":
        assert "hunter2" not in str(refused.value)


def test_a_password_is_in_no_representation() -> None:
    assert "hunter2" not in repr(parse_account("datacite:ORG.REPO:hunter2:10.70112"))


def test_the_same_account_given_twice_has_both_prefixes() -> None:
    accounts = Accounts(
        [parse_account(f"datacite:ORG.REPO:secret:{prefix}") for prefix in ("10.70112", "10.70113")]
    )

    assert [account.prefixes for account in accounts.all()] == [("10.70112", "10.70113")]
    with pytest.raises(WrongCallError, match="two passwords"):
        accounts.add(parse_account("datacite:org.repo:other:10.70114"))


def test_ids_of_datacite_ignore_case_and_those_of_ezid_do_not() -> None:
    accounts = Accounts([Account("datacite", "ORG.REPO", "secret"), Account("ezid", "ApiUser", "secret")])

    assert accounts.sign_in("datacite", "org.repo", password="secret") is not None
    assert accounts.sign_in("ezid", "apiuser", password="secret") is None
    assert accounts.sign_in("ezid", "ApiUser", password="Secret") is None


def test_a_file_names_accounts_with_their_domains(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    entries: list[dict[str, Any]] = [
        {
            "provider": "datacite",
            "id": "ORG.REPO",
            "password": "s",
            "prefix": "10.70112",
            "domains": "*.example.org",
        },
        {
            "provider": "ezid",
            "id": "me",
            "password": "a:b",
            "prefixes": ["10.7280/D1", "10.7280/D2"],
            "active": False,
            "proxies": ["colleague"],
            "crossref": ["10.7280/D2"],
        },
    ]
    path.write_text(json.dumps(entries))

    first, second = load_accounts(path)

    assert (first.prefixes, first.domains, first.active) == (("10.70112",), "*.example.org", True)
    assert (second.prefixes, second.domains, second.active) == (("10.7280/d1", "10.7280/d2"), "*", False)
    assert (second.proxies, second.crossref) == (("colleague",), ("10.7280/d2",))


@pytest.mark.parametrize(("shoulder", "held"), [("10.7280", True), ("10.7280/d1", True), ("10.728", False)])
def test_a_whole_prefix_is_a_shoulder_up_to_its_slash(shoulder: str, *, held: bool) -> None:
    assert Account("ezid", "me", "secret", (shoulder,)).holds("10.7280/d1abc") is held


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"provider": "ezid"}]',
        '[{"prefixes": "10.1"}]',
        '[{"provider": "ezid", "id": "me", "password": "s", "prefix": "10.7280", "proxies": "you"}]',
    ],
)
def test_a_file_that_names_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(text)

    with pytest.raises(WrongCallError):
        load_accounts(path)
