"""DataCite's two shapes of error (DataCite REST API, lupo 05afac46)."""

from typing import Any

from doi.sandbox.messages import Headers, Response, json_response

_TITLES = {
    401: "Bad credentials.",
    403: "You are not authorized to access this resource.",
    404: "The resource you are looking for doesn't exist.",
}


class RefusalError(Exception):
    """The general shape: a status, as a text, and a title."""

    def __init__(self, status: int, title: str, *, headers: Headers = ()) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.headers = headers

    def response(self) -> Response:
        """Give the answer."""
        document = {"errors": [{"status": str(self.status), "title": self.title}]}
        return json_response(self.status, document, headers=self.headers)


class BrokenBodyError(Exception):
    """A compressed body that cannot be read, found before the application: 500 with a bare 400 in it."""

    def response(self) -> Response:
        """Give the answer."""
        return json_response(500, {"status": 400, "title": str(self)})


class SearchError(Exception):
    """A query that the search index cannot read: `errors` is an object."""

    def response(self) -> Response:
        """Give the answer."""
        return json_response(400, {"errors": {"title": str(self)}})


class InvalidError(Exception):
    """The validation shape: one entry per `source`, always 422, without a `status` inside."""

    def __init__(self, errors: dict[str, str], *, uid: str | None) -> None:
        super().__init__("invalid")
        self.errors = errors
        self.uid = uid

    def document(self) -> dict[str, Any]:
        """Give the body."""
        uid = {"uid": self.uid} if self.uid else {}
        return {
            "errors": [{"source": source, "title": title, **uid} for source, title in self.errors.items()]
        }

    def response(self) -> Response:
        """Give the answer."""
        return json_response(422, self.document())


def refuse(status: int) -> RefusalError:
    """Refuse in the words that always go with 401, 403 or 404."""
    return RefusalError(status, _TITLES[status])
