"""Dates of feeds and sitemaps, read for order alone."""

from datetime import UTC, datetime

import pytest

from sources.stamps import instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-04T12:00:00+02:00", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("2026-05-04T12:00:00Z", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        (" 2026-05-04 ", datetime(2026, 5, 4, tzinfo=UTC)),
        ("Mon, 04 May 2026 12:00:00 +0200", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("Mon, 04 May 2026 12:00:00 -0000", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00+12:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_instants(text, expected):
    assert instant(text) == expected
