"""Prints `passed failed skipped` of a JUnit report: .ci/counts.py REPORT.xml. Errors count as failed."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def counts(report: bytes) -> tuple[int, int, int]:
    """Sums the suites of a report. Raises `ET.ParseError` where it is not XML, `KeyError` where it is not JUnit's."""
    # The report is our own: pytest wrote it a moment ago.
    suites = list(ET.fromstring(report).iter("testsuite"))  # noqa: S314
    total, failures, errors, skipped = (
        sum(int(suite.attrib[kind]) for suite in suites) for kind in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return total - failed - skipped, failed, skipped


if __name__ == "__main__":
    try:
        print(*counts(Path(sys.argv[1]).read_bytes()))
    except (OSError, ET.ParseError, KeyError) as error:
        sys.exit(f"no counts of the tests: {error!r}")
