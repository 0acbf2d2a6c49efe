"""Weighs the date claims of an article and says which one is its date of publication, or that none is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from extractors.dates.moment import Moment, agree, read_value, refines
from extractors.dates.table import FLOOR, SLACK, Basis, basis_of
from records import ClaimRole, DateClaim, Published, Verdict

_OTHER_ROLES: dict[ClaimRole, str] = {
    "updated": "It says when the article was last changed, not when it was published.",
    "captured": "It says when the page was copied, not when the article was published.",
    "event": "It is the date of something else than this article.",
    "unknown": "Nothing says what it is the date of.",
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A claim that may be the date of publication."""

    claim: DateClaim
    moment: Moment
    basis: Basis

    @property
    def order(self) -> tuple[object, ...]:
        """Total, so that no result depends on the order of the claims: strongest, finest, earliest first."""
        claim = self.claim
        return (
            self.basis.rank,
            -self.moment.grade,
            self.moment.text,
            claim.value,
            claim.basis,
            claim.place,
            claim.evidence,
        )


def resolve(
    claims: Sequence[DateClaim], *, not_after: datetime | None = None, fetched_at: datetime | None = None
) -> tuple[Published, tuple[DateClaim, ...]]:
    """Choose the claim that says when the article was published. Pure; the order of claims changes nothing.

    The strongest basis leads (see `table`). Claims that name its day agree with it, and one that says more
    (a time, a zone) refines it. Where two claims of the leading basis contradict each other, the one that
    more other bases support is taken; where none is, nothing is: the date is NULL.

    Args:
        claims: with verdict `open`; those already rejected stay as they are.
        not_after: aware; the latest moment at which the input can have been made.
        fetched_at: aware; when it left the publisher's server. The earlier of the two is the bound: what is
            later by more than a day is rejected. Without either nothing is too late.

    Returns:
        The date, and the claims in the order given, each with verdict and reason.
    """
    bound = _bound(not_after, fetched_at)
    screened = [_screen(claim, bound) for claim in claims]
    candidates = sorted((c for c in screened if isinstance(c, _Candidate)), key=lambda c: c.order)
    old = [c for c in candidates if _is_old(c.moment) and not _is_confirmed(c, candidates)]
    judged: dict[DateClaim, DateClaim] = {
        c.claim: _judge(
            c.claim, "rejected", f"It is before {FLOOR.year}, and no independent claim confirms it."
        )
        for c in old
    }
    standing = [c for c in candidates if c not in old]
    published, verdicts = _choose(standing)
    judged.update(verdicts)
    return published, tuple(judged[c.claim] if isinstance(c, _Candidate) else c for c in screened)


def _screen(claim: DateClaim, bound: datetime | None) -> _Candidate | DateClaim:
    """Set aside what cannot be the date of publication whatever the other claims say."""
    if claim.verdict == "rejected":
        return claim
    moment = None if claim.value is None else read_value(claim.value)
    if moment is None:
        return _judge(claim, "rejected", "It could not be read as a date.")
    if bound is not None and _is_after(moment, bound):
        return _judge(claim, "rejected", "It is later than the input itself can be.")
    if claim.role != "published":
        return _judge(claim, "unused", _OTHER_ROLES[claim.role])
    return _Candidate(claim, moment, basis_of(claim.basis))


def _choose(standing: Sequence[_Candidate]) -> tuple[Published, dict[DateClaim, DateClaim]]:
    """Judge the claims that remain, strongest first."""
    dated = [c for c in standing if c.moment.year is not None]
    if not dated:
        reason = "It names no year, and no other claim does."
        return Published(), {c.claim: _judge(c.claim, "unused", reason) for c in standing}
    strongest = [c for c in dated if c.basis.rank == dated[0].basis.rank]
    leaders = _supported(strongest, standing)
    if not _all_agree(leaders):
        return Published(), _undecided(leaders, standing)
    leader, chosen = leaders[0], leaders[0]
    for candidate in dated:
        if refines(candidate.moment, chosen.moment) and agree(candidate.moment, leader.moment):
            chosen = candidate
    return _published(chosen, dated), {c.claim: _compared(c, chosen, leader, standing) for c in standing}


def _supported(strongest: Sequence[_Candidate], standing: Sequence[_Candidate]) -> Sequence[_Candidate]:
    """Of claims equally strong, all where they agree, else those that most other bases support."""
    if _all_agree(strongest):
        return strongest
    support = {c.claim: len(_supporters(c, standing)) for c in strongest}
    most = max(support.values())
    return [c for c in strongest if support[c.claim] == most]


def _supporters(candidate: _Candidate, standing: Sequence[_Candidate]) -> set[str]:
    """The other bases that name the same day."""
    return {
        other.claim.basis
        for other in standing
        if other.basis.rank != candidate.basis.rank and agree(candidate.moment, other.moment)
    }


def _compared(
    candidate: _Candidate, chosen: _Candidate, leader: _Candidate, standing: Sequence[_Candidate]
) -> DateClaim:
    claim = candidate.claim
    if candidate is chosen or claim == chosen.claim:
        return _judge(claim, "chosen", _why(chosen, leader, standing))
    if not agree(candidate.moment, chosen.moment):
        reason = f"It contradicts {leader.basis.name}, which counts for more ({leader.moment.text})."
        if candidate.basis.rank == leader.basis.rank:
            reason = (
                f"It contradicts another claim as strong, which more claims support ({leader.moment.text})."
            )
        return _judge(claim, "rejected", reason)
    has_time = candidate.moment.local is not None
    if has_time and candidate.moment != chosen.moment and not refines(chosen.moment, candidate.moment):
        return _judge(claim, "agrees", "It names the same day at another time.")
    return _judge(claim, "agrees", "It names the same date, as far as it goes.")


def _why(chosen: _Candidate, leader: _Candidate, standing: Sequence[_Candidate]) -> str:
    if chosen is not leader:
        return f"It says more of the day that {leader.basis.name} names."
    if _supporters(chosen, standing):
        return f"Of all claims {chosen.basis.name} counts for most, and others agree with it."
    if len(standing) == 1:
        return "It is the only claim that says when the article was published."
    return f"Of all claims {chosen.basis.name} counts for most."


def _undecided(leaders: Sequence[_Candidate], standing: Sequence[_Candidate]) -> dict[DateClaim, DateClaim]:
    dates = " and ".join(sorted({c.moment.text for c in leaders}))
    reason = f"Claims equally strong contradict each other ({dates}), so none is taken."
    return {
        c.claim: _judge(c.claim, "rejected", reason)
        if c in leaders
        else _judge(c.claim, "unused", f"Stronger claims contradict each other ({dates}).")
        for c in standing
    }


def _published(chosen: _Candidate, dated: Sequence[_Candidate]) -> Published:
    moment = chosen.moment
    return Published(
        text=moment.text,
        day=_own_day(moment, dated),
        at=moment.at,
        precision=moment.precision,
        basis=chosen.claim.basis,
        zone_basis=chosen.claim.zone_basis if moment.at else None,
    )


def _own_day(moment: Moment, dated: Sequence[_Candidate]) -> date | None:
    """The publisher's calendar day: what is written, or where that is in UTC, what agrees and is not."""
    if not moment.in_utc:
        return moment.calendar_day
    local = (c.moment for c in dated if not c.moment.in_utc and c.moment.calendar_day is not None)
    return next((m.calendar_day for m in local if agree(m, moment)), moment.calendar_day)


def _bound(*moments: datetime | None) -> datetime | None:
    """The latest moment a claim may name: the earliest of those known, and the slack."""
    known = [
        m.replace(tzinfo=UTC) if m.tzinfo is None else m.astimezone(UTC) for m in moments if m is not None
    ]
    try:
        return min(known) + SLACK if known else None
    except OverflowError:
        return None


def _is_after(moment: Moment, bound: datetime) -> bool:
    if moment.at is not None:
        return moment.at > bound
    if moment.local is not None:
        return moment.local > bound.replace(tzinfo=None)
    return moment.earliest is not None and moment.earliest > bound.date()


def _is_old(moment: Moment) -> bool:
    return moment.earliest is not None and moment.earliest < FLOOR


def _is_confirmed(candidate: _Candidate, candidates: Sequence[_Candidate]) -> bool:
    """Whether an independent claim names the same full day; a year or a month would confirm too much."""
    if candidate.moment.calendar_day is None:
        return False
    return any(
        other.basis.family != candidate.basis.family
        and other.moment.calendar_day is not None
        and agree(candidate.moment, other.moment)
        for other in candidates
    )


def _all_agree(candidates: Sequence[_Candidate]) -> bool:
    moments = {c.moment for c in candidates}
    return all(agree(one, other) for one in moments for other in moments)


def _judge(claim: DateClaim, verdict: Verdict, reason: str) -> DateClaim:
    return replace(claim, verdict=verdict, reason=reason)
