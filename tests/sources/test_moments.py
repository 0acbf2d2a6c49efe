"""Moments are read with their zone, or refused with an example of how to write them."""

from datetime import UTC, datetime

import pytest

from sources.moments import moment


@pytest.mark.parametrize(
    "text",
    ["2025-11-04T10:15:00Z", "2025-11-04T11:15:00+01:00", " 2025-11-04 10:15Z ", "20251104T101500+0000"],
)
def test_a_moment_with_a_zone_is_read_as_utc(text):
    assert moment(text) == datetime(2025, 11, 4, 10, 15, tzinfo=UTC)
    assert moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2025-11-04", "time zone"),
        ("2025-11-04T10:15:00", "time zone"),
        ("yesterday", "ISO 8601"),
        ("", "ISO 8601"),
        ("1762251300", "ISO 8601"),
        ("0001-01-01T00:00:00+14:00", "out of range"),
    ],
)
def test_anything_else_is_refused_with_an_example(text, said):
    with pytest.raises(ValueError, match=said) as caught:
        moment(text)
    assert "2025-11-04T10:15:00Z" in str(caught.value)
