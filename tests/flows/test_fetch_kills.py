"""kill -9 in the middle of a pass: the short version of benchmarks/fetch_kills.py."""

from pathlib import Path

import pytest

from benchmarks.fetch_kills import campaign
from tests.web import lists, sites


@pytest.mark.slow
def test_a_pass_that_is_killed_ends_with_the_rows_of_one_that_is_not_and_asks_for_nothing_twice(
    tmp_path: Path,
):
    builders = (*lists.BUILDERS, *sites.BUILDERS)
    seen = campaign(tmp_path, kills=3, a_pass=3, seed=7, builders=builders)
    assert seen.wrong == []
    assert seen.kills == 3
