"""A version's metadata: from what DataCite's API returns or a person types, through the local rules, to what is sent.

Metadata is a plain dict in the shape that DataCite's REST API accepts (attributes as in `doi.kernel4`, camelCase).
Nothing here changes what it is given, opens a connection or reads the database.
"""

from doi.metadata.normalising import merge, normalise
from doi.metadata.problems import Problem, problems
from doi.metadata.sending import EMPTY_DATACITE, SCHEMA_VERSION, to_datacite
from doi.metadata.xml import left_out, to_xml

__all__ = [
    "EMPTY_DATACITE",
    "SCHEMA_VERSION",
    "Problem",
    "left_out",
    "merge",
    "normalise",
    "problems",
    "to_datacite",
    "to_xml",
]
