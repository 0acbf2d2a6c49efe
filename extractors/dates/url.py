"""Claims of the path of an article's URL: /2025/11/04/slug, /2025-11-04-slug, /20251104/slug."""

import re
from urllib.parse import urlsplit

from extractors.dates.moment import read_value
from extractors.dates.words import fold, words_of
from records import DateClaim, Precision

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_MAX_URL = 2_000

_DAY = re.compile(r"(?<=[/_-])(\d{4})([/_-])(\d{1,2}|[a-z]{3,9})\2(\d{1,2})(?=[/_.-]|\Z)", re.IGNORECASE)
_COMPACT = re.compile(r"(?<=[/_-])(\d{4})(\d{2})(\d{2})(?=[/_.-]|\Z)")
_MONTH = re.compile(r"(?<=/)(\d{4})[/-](\d{2}|[a-z]{3,9})(?=/)", re.IGNORECASE)


def claims_of_url(url: str) -> tuple[DateClaim, ...]:
    """Return the date in a URL's path, basis `url`: a day, else a month; none where it holds several.

    Args:
        url: the article's own; the dates in links to others are not asked for.
    """
    try:
        path = urlsplit(url[:_MAX_URL]).path
    except ValueError:
        return ()
    days = {_value(m[1], m[3], m[4]) for m in _DAY.finditer(path)}
    days |= {_value(*m.groups()) for m in _COMPACT.finditer(path)}
    months = {_value(m[1], m[2], None) for m in _MONTH.finditer(path)}
    known = sorted(value for value in days if value) or sorted(value for value in months if value)
    if len(known) != 1:
        return ()
    precision: Precision = "day" if any(days) else "month"
    return (DateClaim(known[0], precision, "url", "published", url, "path"),)


def _value(year: str, month: str, day: str | None) -> str | None:
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        return None
    if not month.isdigit():
        named = words_of("en").months.get(fold(month))
        if named is None:
            return None
        month = str(named.month)
    value = f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    return value if read_value(value) else None
