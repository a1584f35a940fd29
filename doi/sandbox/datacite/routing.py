"""Which of DataCite's actions a path means (DataCite REST API, lupo 05afac46, routes.rb)."""

from urllib.parse import unquote

from doi.sandbox.routes import Route

_FIXED = {
    "/dois": {"GET": "index", "POST": "create"},
    "/dois/validate": {"POST": "validate"},
    "/dois/random": {"GET": "random"},
    "/token": {"POST": "token"},
    "/heartbeat": {"GET": "heartbeat"},
    "/prefixes": {"GET": "prefixes"},
    "/client-prefixes": {"GET": "client_prefixes"},
}
_ON_ONE = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
# A suffix that ends in one of these is read as the name before it and a list beneath it, where the list takes the method.
_NESTED = {
    "media": "nested",
    "metadata": "nested",
    "events": "nested",
    "activities": "activities",
    "get-url": "get_url",
}


def find(method: str, path: str) -> Route:
    """Find what a path below the API's address means; HEAD asks what GET asks."""
    verb = "GET" if method == "HEAD" else method
    action = _FIXED.get(path, {}).get(verb)
    if action is not None:
        return Route(f"{method} {path}", action)
    if path.startswith("/dois/"):
        return _of_one(method, verb, unquote(path[len("/dois/") :]))
    kind, _, account_id = path[1:].partition("/")
    if verb == "GET" and kind in {"repositories", "clients"} and account_id:
        return Route(f"{method} /{kind}/:id", kind, unquote(account_id))
    return Route(f"{method} (unknown)", "unknown")


def _of_one(method: str, verb: str, name: str) -> Route:
    before, _, last = name.rpartition("/")
    if verb == "GET" and before and last in _NESTED:
        return Route(f"{method} /dois/:doi/{last}", _NESTED[last], before)
    action = _ON_ONE.get(verb)
    if action is None:
        return Route(f"{method} (unknown)", "unknown")
    return Route(f"{method} /dois/:doi", action, name)
