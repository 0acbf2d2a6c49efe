"""Claims of what was said beside the input: a JSON line's own fields, a feed's entry."""

from extractors.dates.stamps import stamp_claim
from records import Claimed, DateClaim


def claims_of(claimed: Claimed) -> tuple[DateClaim, ...]:
    """Return what the finder was told of the dates, with basis `given`."""
    claims = []
    if claimed.published and claimed.published.strip():
        claims.append(stamp_claim(claimed.published, basis="given", role="published", place="published"))
    if claimed.updated and claimed.updated.strip():
        claims.append(stamp_claim(claimed.updated, basis="given", role="updated", place="updated"))
    return tuple(claims)
