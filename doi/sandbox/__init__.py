"""A registry that speaks DataCite's and EZID's protocols, to try the product against.

It imports nothing of the product: a double that shares our rules could not contradict them.
"""

from doi.sandbox.core import Sandbox
from doi.sandbox.messages import Ending, Request, Response

__all__ = ["Ending", "Request", "Response", "Sandbox"]
