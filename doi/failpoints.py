"""
Named places between two effects, where a worker may be killed: tests arm them to die there.

Nothing but a test arms them, and no setting does; unarmed, passing one is a look at an empty list.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

# Each name stands at one place in the code; what was done last when a worker dies there.
TABLE: Final[dict[str, str]] = {
    "hold.written": "an account's hold is written, its transaction still open",
    "hold.committed": "an account is held, nothing of it claimed",
    "hold.renew": "a hold is about to be renewed",
    "hold.renewed": "a hold was renewed",
    "hold.let_go": "a hold is about to end",
    "hold.ended": "a hold has ended",
    "free.done": "what a dead drain had claimed is due again",
    "connect.done": "the password was opened",
    "claim.begin": "a drain is about to claim",
    "claim.committed": "rows are leased, and not loaded",
    "claim.loaded": "rows are leased and loaded, and not judged",
    "decide.row": "one row of several is decided on",
    "decide.all": "all rows are decided on, and what needs no request is not written",
    "decide.committed": "what needs no request is written",
    "give_back.begin": "claimed rows are about to be given back",
    "give_back.one": "one of several rows is given back",
    "give_back.done": "claimed rows are given back",
    "budget.spent": "a request is paid for, and its row not marked",
    "budget.paused": "everybody is asked to wait, and the answer that said so not recorded",
    "promote.asked_again": "a promotion claimed a while ago was judged again",
    "mark.begin": "rows are about to be marked as being sent",
    "mark.rows": "rows are marked, their attempts not written, the transaction open",
    "mark.told": "rows are marked and their attempts written, the transaction open",
    "mark.committed": "rows are marked, and nothing is sent",
    "mark.past_return": "a promotion is past the point of no return, and nothing is sent",
    "mark.related": "the neighbours are named in what will be sent",
    "mark.submitted": "one of several requests is handed to the pool",
    "request.begin": "a request is about to be sent",
    "request.answered": "an exchange is over, and its drain does not know",
    "create.sent": "the draft is made",
    "create.taken": "the name is taken, and nobody has looked by whom",
    "update.sent": "the changes are sent",
    "promote.looked": "a look found our draft, and it is not published",
    "promote.sent": "the DOI is permanent at the registry",
    "hide.sent": "the DOI is hidden at the registry",
    "hide.refused": "the registry refused to hide it with its metadata",
    "show.sent": "the DOI is findable at the registry",
    "discard.sent": "the draft is gone at the registry",
    "discard.refused": "the registry refused to discard it, and nobody has looked why",
    "look.answered": "a look was answered",
    "ezid.written": "EZID took a change, and it is not read back",
    "probe.begin": "a refusal is about to be probed",
    "probe.answered": "a refusal was probed",
    "record.in_hand": "an answer is in hand, and nothing is made of it",
    "record.heeded": "what an answer means for others is done, its row not written",
    "record.renamed": "a new name is chosen, and not written",
    "record.done": "answers are recorded",
    "commit.locked": "neighbours are locked, nothing written",
    "commit.rows": "rows are written, their history not, the transaction open",
    "commit.told": "rows and history are written, the neighbours not due, the transaction open",
    "commit.neighbours": "neighbours are due, the transaction open",
    "commit.done": "rows, history and neighbours are committed",
    "login.refused": "a login is marked as refused, its history not written",
    "login.told": "a login is marked as refused, and the drain goes on",
    "seen.claimed": "looks are claimed, and nobody was asked",
    "seen.answered": "the resolver has answered, and nothing is written",
    "seen.sent_again": "what does not resolve is due to be sent again, the transaction open",
    "seen.written": "what was seen is written, the transaction open",
    "seen.committed": "what was seen is recorded",
    "make.row": "a version has its DOI's row, and it is not due",
    "make.due": "a DOI is due, its history not written",
    "follow.moved": "a planned DOI has another account, its history not written",
    "follow.brought": "a slice follows the account in force, the place not written",
    "follow.committed": "a slice follows the account in force",
    "back_issue.dataset": "one dataset of a slice is taken in",
    "back_issue.slice": "a slice is taken in, the place written, the transaction open",
    "back_issue.followed": "a run's items are followed, the transaction open",
    "back_issue.finished": "a run is finished, the transaction open",
    "back_issue.committed": "a turn of a run is committed",
    "seal.read": "the lines to be sealed are read",
    "seal.written": "seals are written, the transaction open",
    "seal.committed": "seals are committed",
    "remind.marked": "a letter is marked as sent, and not sent",
    "remind.told": "letters are sent",
    "rotate.wrapped": "a key is wrapped anew, and not written",
    "rotate.written": "a key is wrapped anew, others are not",
}

type Action = Callable[[str], None]

_armed: list[Action] = []


def pass_point(name: str) -> None:
    """Go past the place `name` of the table; an armed action may end the worker here."""
    for action in _armed:
        action(name)


@contextmanager
def armed(action: Action) -> Iterator[None]:
    """For tests: call `action` with the name of each place that is passed meanwhile."""
    _armed.append(action)
    try:
        yield
    finally:
        _armed.remove(action)
