"""The sandbox's verdict against libxml2's with DataCite's 4.7 schema in every run, from a file: `frozen` says how it is made.

The `reference` tests beside this one compare the two over far more records, and the file with the schema.
"""

from lxml import etree

from tests.doi.sandbox.frozen import changed, frozen
from tests.doi.sandbox.kernel_verdicts import by_the_sandbox


def test_the_sandbox_judges_as_libxml2_did() -> None:
    record, cases = frozen()
    assert len(cases) > 800
    harmless = by_the_sandbox(etree.fromstring(record.encode()))
    assert 100 < sum(mistakes == harmless for _case, mistakes in cases) < len(cases) - 500
    for case, mistakes in cases:
        assert by_the_sandbox(changed(record, case)) == mistakes, case
