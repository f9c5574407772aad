"""A short run of `python -m tests.faults`; the long one is for people to start."""

from pathlib import Path

import pytest

from tests.faults import __main__ as faults

pytestmark = pytest.mark.stack


def test_nothing_is_lost_or_doubled_when_everything_is_killed(tmp_path: Path) -> None:
    report = faults.run(tmp_path, kills=6, people=20, threads=6, seed=7)
    assert report.is_clean, report.wrongs
    assert report.counts["messages on phones"] > 0
