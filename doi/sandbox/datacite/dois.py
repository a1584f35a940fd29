"""One DOI at DataCite: made, read, changed, deleted (DataCite REST API, lupo 05afac46, datacite_dois_controller.rb)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from doi.sandbox.accounts import Account, Accounts
from doi.sandbox.clock import Clock, iso
from doi.sandbox.datacite import handed_over, rules
from doi.sandbox.datacite.asking import Asking
from doi.sandbox.datacite.body import DESCRIBING, changes, chosen_name, merge, payload
from doi.sandbox.datacite.refusals import InvalidError, RefusalError, refuse
from doi.sandbox.datacite.view import activities, resource, xml_of_record
from doi.sandbox.kernel.validation import schema_errors
from doi.sandbox.messages import Response, json_response
from doi.sandbox.names import bare, fold
from doi.sandbox.store import Record, Store

_NEXT_STATE = {
    ("draft", "register"): "registered",
    ("draft", "publish"): "findable",
    ("registered", "publish"): "findable",
    ("registered", "show"): "findable",
    ("findable", "hide"): "registered",
}


class Dois:
    """What the API does with one DOI. A save stores all of it or nothing."""

    def __init__(self, *, accounts: Accounts, store: Store, clock: Clock) -> None:
        self._accounts = accounts
        self._store = store
        self._clock = clock

    # -- reading ----------------------------------------------------------------------------------------------------

    def read(self, asking: Asking) -> Response:
        """Show a DOI: to everybody when it is findable, else to its repository."""
        record = self._visible(asking)
        return json_response(200, {"data": resource(record, query=asking.request.query)})

    def get_url(self, asking: Asking) -> Response:
        """Tell where the handle system leads the DOI; of a draft, which it does not know, the stored URL."""
        record = self._find(asking.argument)
        if record is None:
            raise refuse(404)
        asking.note(record)
        self._authorize(record, asking)
        if record.status != "draft":
            url = record.leads_to(self._clock())
            # The handle server's answer is passed on, with its status as a number.
            return (
                json_response(200, {"url": url})
                if url
                else json_response(404, {"errors": [{"status": 404, "title": "Not found"}]})
            )
        return json_response(200, {"url": record.url}) if record.url else Response(204)

    def activities(self, asking: Asking) -> Response:
        """List what was done to the DOI, newest first."""
        return _listing(activities(self._visible(asking)))

    def nested(self, asking: Asking) -> Response:
        """List what hangs beneath the DOI as media, metadata or events: nothing."""
        self._visible(asking)
        return _listing([])

    # -- writing ----------------------------------------------------------------------------------------------------

    def create(self, asking: Asking) -> Response:
        """Answer `POST /dois`."""
        return self._insert(asking, name=None)

    def write(self, asking: Asking) -> Response:
        """Answer PUT and PATCH: update what exists, create what does not."""
        known = self._find(asking.argument)
        if known is None:
            # Only here the resolver's address and `doi:` in front of the name are understood.
            name = bare(asking.argument)
            asking.trace.doi = name
            if rules.LIKE_A_NAME.fullmatch(name) is None and asking.caller.named:
                raise refuse(404)
            return self._insert(asking, name=name)
        asking.note(known)
        owner = self._authorize(known, asking)
        _data, attributes = payload(asking.request)
        record = known.changed(updated=iso(self._clock()))
        return json_response(200, self._keep(record, attributes, owner=owner, asking=asking, errors={}))

    def delete(self, asking: Asking) -> Response:
        """Delete a draft."""
        record = self._find(asking.argument)
        if record is None:
            asking.trace.doi = fold(asking.argument)
            raise refuse(404)
        asking.note(record)
        self._authorize(record, asking)
        if record.status != "draft":
            raise RefusalError(
                405, "Method not allowed", headers=(("Allow", "HEAD, GET, POST, PATCH, PUT, OPTIONS"),)
            )
        self._store.delete(record)
        asking.trace.after = None
        return Response(204)

    def validate(self, asking: Asking) -> Response:
        """Judge as for publication and store nothing; the answer is always 200."""
        if not asking.caller.named:
            raise refuse(401)
        data, attributes = payload(asking.request)
        owner = self._repository_of(data, asking)
        name = chosen_name(attributes)
        asking.trace.doi = name or None
        now = iso(self._clock())
        record = Record("datacite", name, owner.id.lower(), "draft", "", now, now)
        merge(record, changes(attributes, name=name), attributes)
        errors = rules.name_errors(name) | rules.structure_errors(record.metadata)
        if record.url:
            errors |= rules.url_errors(record.url, draft=True, domains="*", owner="")
        if not errors:
            errors = schema_errors(record.metadata, name=name)
        if errors:
            return json_response(200, InvalidError(errors, uid=name).document())
        return json_response(200, {"data": resource(record, query=asking.request.query, with_xml=False)})

    def _insert(self, asking: Asking, *, name: str | None) -> Response:
        if not asking.caller.named:
            raise refuse(401)
        data, attributes = payload(asking.request)
        owner = self._repository_of(data, asking)
        name = name or chosen_name(attributes)
        asking.trace.doi = name or None
        if not name:
            raise InvalidError({"doi": "Can't be blank"}, uid=None)
        if owner.is_member or not owner.active or not owner.holds(name):
            raise refuse(403)
        now = iso(self._clock())
        record = Record("datacite", name, owner.id.lower(), "draft", "", now, now)
        errors = rules.name_errors(name)
        known = self._find(name)
        if known is not None:
            asking.note(known)
            errors = {"doi": rules.TAKEN}
        return json_response(201, self._keep(record, attributes, owner=owner, asking=asking, errors=errors))

    def _keep(
        self,
        record: Record,
        attributes: dict[str, Any],
        *,
        owner: Account,
        asking: Asking,
        errors: rules.Errors,
    ) -> dict[str, Any]:
        """Merge the attributes, move the state, judge the whole, and store it or nothing at all; gives the answer."""
        sent = changes(attributes, name=record.name)
        described_now = bool(DESCRIBING & sent.keys())
        before = xml_of_record(record) if described_now else None
        merge(record, sent, attributes)
        record.status = _NEXT_STATE.get((record.status, str(attributes.get("event"))), record.status)
        errors = {**errors, **_errors(record, owner=owner, described_now=described_now)}
        if errors:
            raise InvalidError(errors, uid=record.name)
        if before is not None:
            record.version += xml_of_record(record) != before
        # The handle system is told after the save, and nobody is told when that fails.
        if record.status != "draft" and not asking.trace.effects.handle_fails:
            record.registered = record.registered or record.updated
            record.handle_url = record.url
        if record.status == "findable":
            record.published = record.published or record.updated
        answer = {"data": resource(record, query=asking.request.query)}
        self._store.save(record)
        asking.trace.after, asking.trace.url = record.state, record.url
        return answer

    # -- who may ----------------------------------------------------------------------------------------------------

    def _find(self, name: str, *, behind: float = 0.0) -> Record | None:
        """Find a DOI of DataCite's own, or one that EZID has handed over; `behind` is in seconds."""
        folded, now = fold(name), self._clock()
        record = (
            self._store.as_of("datacite", folded, now - timedelta(seconds=behind))
            if behind
            else self._store.get("datacite", folded)
        )
        return record or handed_over.find(self._store, folded, now=now)

    def _visible(self, asking: Asking) -> Record:
        asking.trace.doi = fold(asking.argument)
        record = self._find(asking.argument, behind=asking.trace.effects.stale)
        if record is None:
            raise refuse(404)
        asking.note(record)
        account = asking.caller.account
        if record.status != "findable" and (account is None or account.id.lower() != record.owner):
            raise refuse(404)
        return record

    @staticmethod
    def _authorize(record: Record, asking: Asking) -> Account:
        account = asking.caller.account
        if account is None:
            raise refuse(401)
        if account.id.lower() != record.owner or not account.active:
            raise refuse(403)
        return account

    def _repository_of(self, data: Mapping[str, Any], asking: Asking) -> Account:
        """Tell which repository a new DOI belongs to: the one named in the body, else the one that signed in."""
        account = asking.caller.account
        try:
            wanted = str(data["relationships"]["client"]["data"]["id"]).lower()
        except (KeyError, TypeError):
            if account is None:
                raise refuse(404) from None
            return account
        if account is None:
            raise refuse(401)
        if self._accounts.get("datacite", wanted) is None:
            raise refuse(404)
        if account.id.lower() != wanted:
            raise refuse(403)
        return account


def _errors(record: Record, *, owner: Account, described_now: bool) -> rules.Errors:
    draft = record.status == "draft"
    errors = {
        **rules.url_errors(record.url, draft=draft, domains=owner.domains, owner=record.owner.upper()),
        **rules.structure_errors(record.metadata),
    }
    if draft:
        return errors
    known = rules.metadata_errors(
        record.metadata, name=record.name, xml=xml_of_record(record), changed=described_now
    )
    return {**known, **errors}


def _listing(data: list[dict[str, Any]]) -> Response:
    return json_response(
        200, {"data": data, "meta": {"total": len(data), "totalPages": int(bool(data)), "page": 1}}
    )
