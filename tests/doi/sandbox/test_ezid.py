"""The sandbox as a client of EZID meets it."""

import httpx
import pytest

from doi.sandbox import Sandbox
from doi.sandbox.accounts import Account
from tests.doi.sandbox.calls import ELEMENTS, anvl, ezid, post, put
from tests.support.sandbox import SANDBOX_URL, SandboxTransport, sandbox_with

SHOULDER = "10.7280/d1"
NAME = "10.7280/D1ABC"
TARGET = "https://data.example.edu/versions/1"
BAD = "error: bad request - "
XML = (
    '<?xml version="1.0" encoding="UTF-8"?><resource xmlns="http://datacite.org/schema/kernel-4">'
    '<identifier identifierType="DOI">(:tba)</identifier>'
    "<creators><creator><creatorName>A</creatorName></creator></creators><titles><title>T 100%25</title></titles>"
    "<publisher>P</publisher><publicationYear>2026</publicationYear>"
    '<resourceType resourceTypeGeneral="Dataset"/></resource>'
)


@pytest.fixture
def sandbox() -> Sandbox:
    return sandbox_with(ezid=[("apiuser", "secret", SHOULDER), ("other", "secret", "10.7280/d9")])


def elements_of(answer: httpx.Response) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in answer.text.splitlines()[1:])


def in_status(client: httpx.Client, status: str) -> None:
    """Make NAME and lead it to a status."""
    assert put(client, NAME, _status="reserved", **ELEMENTS).status_code == 201
    for step in {"reserved": [], "public": ["public"], "unavailable": ["public", "unavailable"]}[status]:
        assert post(client, NAME, _status=step).status_code == 200


def test_reserving_a_name_answers_with_its_shadow(sandbox: Sandbox) -> None:
    answer = put(ezid(sandbox), NAME.lower(), _status="reserved", _target=TARGET)

    assert answer.status_code == 201
    assert answer.content == b"success: doi:10.7280/D1ABC | ark:/b7280/d1abc"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_without_a_status_a_new_identifier_is_public_for_ever(sandbox: Sandbox) -> None:
    client = ezid(sandbox)

    assert put(client, NAME, **ELEMENTS).status_code == 201

    assert elements_of(client.get(f"/id/doi:{NAME}"))["_status"] == "public"
    assert client.delete(f"/id/doi:{NAME}").text == f"{BAD}identifier status does not support deletion"


def test_everybody_reads_a_reserved_identifier_byte_for_byte(sandbox: Sandbox) -> None:
    put(ezid(sandbox), NAME, _status="reserved", _target=TARGET, **{"datacite.title": "100%25 sure%0Anow"})

    answer = ezid(sandbox, auth=None).get(f"/id/doi:{NAME}")

    assert answer.status_code == 200
    assert answer.text.startswith("success: doi:10.7280/D1ABC\n")
    assert answer.text.endswith("\n")
    elements = elements_of(answer)
    assert elements["datacite.title"] == "100%25 sure%0Anow"
    assert (elements["_target"], elements["_owner"], elements["_export"]) == (TARGET, "apiuser", "yes")
    assert (elements["_profile"], elements["_shadowedby"]) == ("datacite", "ark:/b7280/d1abc")
    assert elements["_created"].isdigit()


def test_the_shadow_ark_is_another_name_for_the_doi(sandbox: Sandbox) -> None:
    put(ezid(sandbox), NAME, _status="reserved")

    assert ezid(sandbox).get("/id/ark:/b7280/d1abc").text.startswith("success: doi:10.7280/D1ABC\n")


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("reserved", "reserved", True),
        ("reserved", "public", True),
        ("reserved", "unavailable", False),
        ("public", "reserved", False),
        ("public", "public", True),
        ("public", "unavailable | withdrawn", True),
        ("unavailable", "reserved", False),
        ("unavailable", "public", True),
        ("unavailable", "unavailable|another reason", True),
    ],
)
def test_a_status_follows_only_where_it_may(
    sandbox: Sandbox, before: str, after: str, *, allowed: bool
) -> None:
    client = ezid(sandbox)
    in_status(client, before)

    answer = post(client, NAME, _status=after)

    if allowed:
        assert (answer.status_code, answer.text) == (200, "success: doi:10.7280/D1ABC")
        word, bar, reason = after.partition("|")
        shown = f"{word.strip()} | {reason.strip()}" if bar else after
        assert elements_of(client.get(f"/id/doi:{NAME}"))["_status"] == shown
    else:
        assert (answer.status_code, answer.text) == (400, f"{BAD}_status: invalid identifier status change")


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"_status": "Public"}, "_status: invalid identifier status"),
        ({"_status": "reserved | why"}, "_status: invalid identifier status"),
        ({"_created": "1"}, "_created: field is not settable"),
        ({"_colour": "red"}, "_colour: field is not settable"),
        ({"_export": "maybe"}, "_export: value must be 'yes' or 'no'"),
        ({"_target": "data.example.edu"}, "error=\"ValidationError({'target': "),
        ({"_target": "https://data.example.edu/" + "x" * 2000}, "error=\"ValidationError({'target': "),
        ({"_owner": "other"}, "ownership change prohibited"),
        (
            {"datacite.resourcetype": "Thing/what"},
            "error=\"ValidationError({'datacite.resourcetype': ['Invalid resource type.']})",
        ),
        (
            {"datacite.resourcetype": "Poster"},
            "error=\"ValidationError({'datacite.resourcetype': ['Invalid resource type.']})",
        ),
        ({"datacite": "<resource"}, "error=\"ValidationError({'datacite'"),
        ({"datacite": "<resource/>"}, "error=\"ValidationError({'datacite'"),
    ],
)
def test_an_element_is_refused_at_any_status(sandbox: Sandbox, elements: dict[str, str], words: str) -> None:
    answer = put(ezid(sandbox), NAME, **{"_status": "reserved", **elements})

    assert answer.status_code == 400
    assert answer.text.startswith(f"{BAD}{words}")
    assert sandbox.records() == []


@pytest.mark.parametrize("missing", ["creator", "title", "publisher", "publicationyear"])
def test_a_public_identifier_needs_its_four_elements(sandbox: Sandbox, missing: str) -> None:
    client = ezid(sandbox)
    put(client, NAME, _status="reserved", **{k: v for k, v in ELEMENTS.items() if not k.endswith(missing)})

    answer = post(client, NAME, _status="public")

    word = "publication date" if missing == "publicationyear" else missing
    assert answer.status_code == 400
    assert f"Public DOI metadata requirements not satisfied: no {word}" in answer.text
    assert "Metadata: {" in answer.text
    assert elements_of(client.get(f"/id/doi:{NAME}"))["_status"] == "reserved"


def test_elements_of_another_profile_count_too(sandbox: Sandbox) -> None:
    dublin = {"dc.creator": "A", "dc.title": "T", "dc.publisher": "P", "dc.date": "2026"}

    assert put(ezid(sandbox), NAME, _profile="dc", **dublin).status_code == 201
    assert put(ezid(sandbox), NAME + "2", **dublin).status_code == 400


def test_a_whole_record_is_kept_under_its_own_name(sandbox: Sandbox) -> None:
    client = ezid(sandbox)

    assert put(client, NAME, datacite=XML).status_code == 201

    kept = elements_of(client.get(f"/id/doi:{NAME}"))["datacite"]
    assert '<identifier identifierType="DOI">10.7280/D1ABC</identifier>' in kept
    assert kept.startswith('<?xml version="1.0"?>%0A<resource ')
    assert "T 100%25" in kept


@pytest.mark.parametrize(
    ("taken", "put_in"),
    [
        ("<publisher>P</publisher>", ""),
        ("2026", "20x6"),
        ("Dataset", "Poster"),
        ("<titles><title>T 100%25</title></titles>", "<titles/>"),
        ("</resource>", '<dates><date dateType="Someday">2026</date></dates></resource>'),
    ],
)
def test_a_whole_record_is_judged_when_it_becomes_public(sandbox: Sandbox, taken: str, put_in: str) -> None:
    client = ezid(sandbox)
    assert put(client, NAME, _status="reserved", datacite=XML.replace(taken, put_in)).status_code == 201

    assert post(client, NAME, _status="public").status_code == 400


def test_an_update_merges_and_an_empty_value_deletes(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    put(client, NAME, _status="reserved", _target=TARGET, note="one", **ELEMENTS)

    post(client, NAME, note="", _target="")

    elements = elements_of(client.get(f"/id/doi:{NAME}"))
    assert "note" not in elements
    assert elements["_target"] == "https://ezid.cdlib.org/id/doi:10.7280/D1ABC"
    assert elements["datacite.title"] == ELEMENTS["datacite.title"]


def test_the_same_name_is_created_only_once(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    put(client, NAME, _status="reserved", _target=TARGET)

    answer = put(client, NAME.lower(), _status="reserved", _target="https://elsewhere.example/")

    assert (answer.status_code, answer.text) == (400, f"{BAD}identifier already exists, cannot create")
    assert elements_of(client.get(f"/id/doi:{NAME}"))["_target"] == TARGET


def test_create_or_update_is_judged_as_a_new_identifier(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    again = "?update_if_exists=yes"

    assert put(client, NAME, query=again, _status="public", **ELEMENTS).status_code == 201
    assert put(client, NAME, query=again, _status="public", note="x").status_code == 400
    assert put(client, NAME, query=again, _status="unavailable", **ELEMENTS).status_code == 400
    updated = put(client, NAME, query=again, _status="public", note="x", **ELEMENTS)
    assert (updated.status_code, updated.text) == (201, "success: doi:10.7280/D1ABC")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_absent_is_a_bad_request(sandbox: Sandbox, method: str) -> None:
    answer = ezid(sandbox).request(method, f"/id/doi:{NAME}")

    assert (answer.status_code, answer.text) == (400, f"{BAD}no such identifier")


@pytest.mark.parametrize(
    ("auth", "statuses"),
    [
        (("apiuser", "secret"), [200, 201, 200, 200, 200]),
        (("apiuser", "wrong"), [200, 401, 401, 401, 401]),
        (None, [200, 401, 401, 401, 401]),
        (("other", "secret"), [200, 403, 403, 403, 200]),
        (("api:user", "x"), [400, 400, 400, 400, 400]),
        (("apiuser", ""), [400, 400, 400, 400, 400]),
    ],
)
def test_each_caller_gets_the_status_of_the_real_registry(
    auth: tuple[str, str] | None, statuses: list[int], sandbox: Sandbox
) -> None:
    put(ezid(sandbox), NAME, _status="reserved")
    client = ezid(sandbox, auth=auth)

    answers = [
        client.get(f"/id/doi:{NAME}"),
        put(client, NAME + "2", _status="reserved"),
        post(client, NAME, note="x"),
        client.delete(f"/id/doi:{NAME}"),
        client.get("/login"),
    ]

    assert [answer.status_code for answer in answers] == statuses
    for answer in answers:
        if answer.status_code == 401:
            assert (answer.text, answer.headers["WWW-Authenticate"]) == (
                "error: unauthorized",
                'Basic realm="EZID"',
            )


def test_a_password_with_a_colon_never_signs_in() -> None:
    sandbox = sandbox_with(ezid=[("apiuser", "se:cret", SHOULDER)])

    answer = ezid(sandbox, auth=("apiuser", "se:cret")).get("/login")

    assert (answer.status_code, answer.text) == (400, f"{BAD}malformed Authorization header")


def test_another_scheme_than_basic_is_not_understood(sandbox: Sandbox) -> None:
    answer = ezid(sandbox, auth=None).get("/login", headers={"Authorization": "Bearer x"})

    assert (answer.status_code, answer.text) == (400, "error: unable to parse basic_auth request")


def test_a_session_beats_the_authorization_header(sandbox: Sandbox) -> None:
    session = ezid(sandbox).get("/login").cookies["sessionid"]
    headers = {"Cookie": f"sessionid={session}"}
    other = ezid(sandbox, auth=("other", "secret"))

    answer = other.put(f"/id/doi:{NAME}", content=anvl(_status="reserved"), headers=headers)

    assert answer.status_code == 201
    assert elements_of(other.get(f"/id/doi:{NAME}"))["_owner"] == "apiuser"
    other.get("/logout", headers=headers)
    assert other.delete(f"/id/doi:{NAME}", headers=headers).status_code == 403


def test_the_probe_tells_whether_a_shoulder_may_be_used_and_makes_nothing(sandbox: Sandbox) -> None:
    client = ezid(sandbox)

    mine = put(client, f"{SHOULDER}PROBE", _status="unavailable")
    foreign = put(client, "10.7280/d9PROBE", _status="unavailable")
    test = put(client, "10.5072/FK2PROBE", _status="unavailable")

    assert (mine.status_code, mine.text) == (400, f"{BAD}_status: invalid identifier status change")
    assert (foreign.status_code, foreign.text) == (403, "error: forbidden")
    assert test.status_code == 400
    assert sandbox.records() == []


@pytest.mark.parametrize(
    "identifier",
    [
        "DOI:10.7280/D1X",
        "10.7280/D1X",
        "doi:10.7280/D1X%2F",
        "doi:10.7280//D1X",
        "doi:10.7280/D1%23",
        "doi:10.0280/D1X",
    ],
)
def test_an_identifier_out_of_form_is_refused(sandbox: Sandbox, identifier: str) -> None:
    answer = ezid(sandbox).put(f"/id/{identifier}", content=b"_status: reserved")

    assert (answer.status_code, answer.text) == (400, f"{BAD}invalid identifier")


def test_a_percent_sign_in_a_name_comes_back_encoded(sandbox: Sandbox) -> None:
    answer = ezid(sandbox).put("/id/doi:10.7280/D1A%25B", content=b"_status: reserved")

    assert answer.text == "success: doi:10.7280/D1A%25B | ark:/b7280/d1a%2525b"
    assert sandbox.records()[0]["name"] == "10.7280/d1a%b"


@pytest.mark.parametrize(
    ("content", "headers", "words"),
    [
        (b"_status reserved", {}, "ANVL parse error (no colon in line)"),
        (b"a: 1\na: 2", {}, "ANVL parse error (repeated label)"),
        (b"a: %zz", {}, "ANVL parse error (percent-decode error)"),
        (b" a: 1", {}, "ANVL parse error (no previous label for continuation line)"),
        (b": 1", {}, "ANVL parse error (empty label)"),
        (b"a: \xff", {}, "character decoding error"),
        (b"a: 1", {"Content-Type": "text/html"}, "If specified, Content-Type must be text/plain"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    sandbox: Sandbox, content: bytes, headers: dict[str, str], words: str
) -> None:
    answer = ezid(sandbox).put(f"/id/doi:{NAME}", content=content, headers=headers)

    assert answer.status_code == 400
    assert answer.text.startswith(BAD + words)


def test_minting_gives_a_new_name_under_a_known_shoulder(sandbox: Sandbox) -> None:
    client = ezid(sandbox)

    minted = client.post(f"/shoulder/doi:{SHOULDER}", content=b"_status: reserved")

    assert minted.status_code == 201
    assert minted.text.startswith("success: doi:10.7280/D1")
    assert client.post("/shoulder/doi:10.7280/zz").text == f"{BAD}no such shoulder"
    assert client.post("/shoulder/doi:10.7280/d9", content=b"_status: reserved").status_code == 403


def test_the_odd_ends_of_the_api(sandbox: Sandbox) -> None:
    client = ezid(sandbox, auth=None)

    assert client.get("/status").content == b"success: EZID is up"
    assert client.get("/status?subsystems=*").text.startswith("success: EZID is up\ndatacite: up\n")
    assert client.get("/version").status_code == 200
    assert client.get(f"/id/doi:{NAME}?colour=red").text == f"{BAD}unrecognized URL query parameter 'colour'"
    wrong = client.patch(f"/id/doi:{NAME}")
    assert (wrong.status_code, wrong.text) == (405, "error: method not allowed")
    assert client.get("/nothing").status_code == 404


def test_a_browser_gets_a_web_page_and_a_longer_name_its_prefix(sandbox: Sandbox) -> None:
    put(ezid(sandbox), NAME, _status="reserved")
    client = ezid(sandbox)

    page = client.get(f"/id/doi:{NAME}", headers={"Accept": "text/html"})
    near = client.get(f"/id/doi:{NAME}DEF?prefix_match=yes")

    assert page.headers["Content-Type"].startswith("text/html")
    assert near.text.startswith("success: doi:10.7280/D1ABC in_lieu_of doi:10.7280/D1ABCDEF\n")


def test_more_than_sixteen_operations_at_once_are_refused() -> None:
    sandbox = Sandbox([Account("ezid", "apiuser", "secret", (SHOULDER,))], latency=30)
    client = httpx.Client(
        base_url=f"{SANDBOX_URL}/ezid",
        transport=SandboxTransport(sandbox),
        auth=("apiuser", "secret"),
        headers={"Accept": "text/plain"},
        timeout=0.01,
    )
    for number in range(16):
        with pytest.raises(httpx.ReadTimeout):
            put(client, f"{NAME}{number}", _status="reserved")

    with pytest.raises(httpx.ReadTimeout):
        put(client, f"{NAME}X", _status="reserved")

    assert len(sandbox.records()) == 16
    assert [line["status"] for line in sandbox.log.recent] == [201] * 16 + [503]


def test_export_no_is_the_registered_state_and_a_reserved_one_a_draft(sandbox: Sandbox) -> None:
    client = ezid(sandbox)
    put(client, NAME, _status="reserved", **ELEMENTS)
    post(client, NAME, _status="public", _export="no")
    post(client, NAME, _export="yes")
    post(client, NAME, _status="unavailable")

    history = [step["state"] for step in sandbox.records()[0]["history"]]
    assert history == ["draft", "registered", "findable", "registered"]
