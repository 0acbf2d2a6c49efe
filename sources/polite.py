"""How the web is asked: what a site allows, when it allows it, and what to do when it fails."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

import records
from records import InputError, Signal
from sources.addresses import Address, address_of, follow
from sources.coding import CODINGS
from sources.exchange import Exchange, Headers, Request, Response
from sources.faults import (
    HOST_REASONS,
    PASSING_STATUSES,
    may_pass,
    status_fault,
    timed_out,
    too_many_redirects,
)
from sources.gate import Gate, Shut
from sources.hostrules import HostRules
from sources.robots import MAX_ROBOTS_BYTES, product_of
from sources.signals import forbids, signals_of
from sources.web import Answer, Ask, Hop, PutOff, Refused, WebLimits

_ACCEPT = {
    "page": b"text/html,application/xhtml+xml,text/plain;q=0.9,application/xml;q=0.8,*/*;q=0.1",
    "feed": b"application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,"
    b"text/xml;q=0.9,application/json;q=0.8,text/html;q=0.7,*/*;q=0.5",
    "robots": b"text/plain,application/json;q=0.9,*/*;q=0.5",
}
_OK, _MULTIPLE, _NOT_MODIFIED, _SERVER_ERROR = 200, 300, 304, 500
_TOO_MANY, _UNAVAILABLE = 429, 503
_MASK = b"***"


class _Passing(InputError):  # noqa: N818  # not an error yet: it is tried again
    """It failed in a way that may pass; `wait_s` is what the server asked to wait."""

    def __init__(self, fault: InputError, *, busy: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(str(fault), stage="fetch", reason=fault.reason)
        self.fault = fault
        self.busy = busy
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class _Errand:
    """One thing to get, with what holds for every hop of it."""

    ask: Ask
    origin: str
    private_allowed: bool


class Polite:
    """The client's rules, over an `Exchange` that knows none of them."""

    def __init__(
        self,
        exchange: Exchange,
        gate: Gate,
        *,
        user_agent: str,
        now: Callable[[], datetime],
        limits: WebLimits,
        allow_private: bool,
        clock: Callable[[], float] = time.monotonic,
        remembered: Iterable[records.HostRules] = (),
        remember: Callable[[records.HostRules], None] = lambda _: None,
    ) -> None:
        self._exchange = exchange
        self._gate = gate
        self._now = now
        self._limits = limits
        self._allow_private = allow_private
        self._product = product_of(user_agent)
        self._host_rules = HostRules(
            self._rules_file,
            product=self._product,
            good_for_s=limits.robots_s,
            clock=clock,
            now=now,
            remembered=remembered,
            remember=remember,
        )
        self._always: dict[str, Headers] = {
            kind: (
                (b"User-Agent", user_agent.encode()),
                (b"Accept", accept),
                (b"Accept-Encoding", ", ".join(CODINGS).encode()),
            )
            for kind, accept in _ACCEPT.items()
        }

    async def get(self, ask: Ask) -> Answer:
        """Get one thing; see `web.Get`."""
        return await self._got(ask, None)

    async def _got(self, ask: Ask, crawl_delay_s: float | None) -> Answer:
        address = address_of(ask.url)
        errand = _Errand(ask, address.origin, self._allow_private or ask.network == "local")
        limits = self._limits
        deadline_s = (
            min(limits.page_deadline_s, limits.deadline_s) if ask.kind == "page" else limits.deadline_s
        )
        left_s = deadline_s
        hops: list[Hop] = []
        while True:
            rules = ask.kind == "robots"
            said = _Said(crawl_delay_s) if rules else await self._allowed(errand, address)
            response = await self._asked(errand, address, said, left_s)
            if response.location is None:
                break
            if len(hops) == self._limits.max_redirects:
                raise too_many_redirects(self._limits.max_redirects)
            following = follow(address, response.location)
            hops.append(Hop(address.url, response.status, following.url))
            address = following
            left_s -= response.took_s
            if left_s <= 0:
                raise timed_out(deadline_s)
        return self._answer(errand, address, response, tuple(hops), said)

    async def _allowed(self, errand: _Errand, address: Address) -> "_Said":
        """What the host says of an address before it is asked for.

        Raises:
            Refused: to leave it alone.
        """
        rules = await self._host_rules.of(address, errand.ask)
        signals: list[Signal] = []
        if not rules.robots.allows(address.url):
            evidence = (
                f"{address.origin}/robots.txt does not allow {address.target[:200]} for {self._product}"
            )
            signals.append(Signal("robots", "disallow", evidence, obeyed=errand.ask.obey))
        signals.extend(replace(each, obeyed=errand.ask.obey) for each in rules.reserved(address))
        if errand.ask.obey:
            _obey(signals)
        return _Said(rules.robots.crawl_delay_s, tuple(signals))

    async def _asked(self, errand: _Errand, address: Address, said: "_Said", left_s: float) -> Response:
        """Ask for one address, again where the failure may pass; every attempt waits for its turn."""
        request = self._request(errand, address, left_s)
        try:
            try:
                return await self._once(request, errand.ask, said)
            except _Passing as failure:
                return await self._again(request, errand.ask, said, failure)
        except _Passing as failure:
            self._gate.failed(address.host)
            if not failure.busy:
                raise failure.fault from failure
            wait_s = max(failure.wait_s, self._limits.breaker_s)
            self._gate.shut(address.host, wait_s)
            raise self._put_off(address, failure.fault.reason, wait_s) from failure
        except InputError as failure:
            if failure.reason in HOST_REASONS:
                self._gate.failed(address.host)
            raise

    async def _again(self, request: Request, ask: Ask, said: "_Said", first: _Passing) -> Response:
        host = request.address.host
        failures = [first]
        jitter = wait_random_exponential(
            multiplier=self._limits.back_off_s, min=self._limits.back_off_s, max=self._limits.max_wait_s
        )

        async def attempt() -> Response:
            if failures:  # the first attempt was made already
                raise failures.pop()
            return await self._once(request, ask, said)

        def wait_s(state: RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            return max(jitter(state), failure.wait_s if isinstance(failure, _Passing) else 0.0)

        async def leave_alone(for_s: float) -> None:
            # The whole host is left alone, not this address: the gate waits before the next request to it.
            self._gate.shut(host, for_s)

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._limits.attempts),
            wait=wait_s,
            retry=retry_if_exception_type(_Passing),
            sleep=leave_alone,
            reraise=True,
        )
        return await retrying(attempt)

    async def _once(self, request: Request, ask: Ask, said: "_Said") -> Response:
        address = request.address
        try:
            async with self._gate.turn(address.host, delay_s=ask.delay_s, crawl_delay_s=said.crawl_delay_s):
                response = await self._exchange(request)
        except Shut as closed:
            raise self._put_off(
                address, "breaker" if closed.failures else "host_busy", closed.for_s
            ) from None
        except InputError as fault:
            if may_pass(fault):
                raise _Passing(fault) from fault
            raise
        self._gate.stands(address.host, private=response.ground == "private")
        self._check(address, response)
        return response

    def _check(self, address: Address, response: Response) -> None:
        """Tell what failed for now, what failed for good, and what is an answer."""
        status = response.status
        if status in PASSING_STATUSES:
            fault = status_fault(status, response.reason_phrase)
            busy = status in (_TOO_MANY, _UNAVAILABLE)
            wait_s = self._retry_after_s(response) if busy else 0.0
            if status == _TOO_MANY and not wait_s:
                wait_s = self._limits.breaker_s  # it asked for fewer requests: not for the same once more
            if wait_s > self._limits.max_wait_s:
                self._gate.shut(address.host, wait_s)
                raise self._put_off(address, fault.reason, wait_s)
            raise _Passing(fault, busy=busy, wait_s=wait_s)
        self._gate.answered(address.host)
        if response.location is None and status != _NOT_MODIFIED and not _OK <= status < _MULTIPLE:
            raise status_fault(status, response.reason_phrase)

    def _retry_after_s(self, response: Response) -> float:
        """Seconds that the server asked for (RFC 9110, 10.2.3: a number or a date); 0 where it did not."""
        text = response.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return min(float(text[:9]), self._limits.max_back_off_s)
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max((at - self._now()).total_seconds(), 0.0), self._limits.max_back_off_s)

    def _put_off(self, address: Address, reason: str, for_s: float) -> PutOff:
        retry_at = self._now() + timedelta(seconds=min(for_s, self._limits.max_back_off_s))
        return PutOff(
            f"'{address.host}' is left alone until {retry_at:%Y-%m-%d %H:%M:%S %Z}, as it asked for or as it "
            "went on failing; nothing is to be done, it is asked again",
            reason=reason,
            retry_at=retry_at,
        )

    def _request(self, errand: _Errand, address: Address, left_s: float) -> Request:
        ask = errand.ask
        headers = self._always[ask.kind]
        if ask.etag is not None:
            headers += ((b"If-None-Match", ask.etag.encode("latin-1", "replace")),)
        if ask.last_modified is not None:
            headers += ((b"If-Modified-Since", ask.last_modified.encode("latin-1", "replace")),)
        if ask.headers and address.origin == errand.origin:
            given = {name.lower() for name in ask.headers}
            headers = tuple(each for each in headers if each[0].decode().lower() not in given)
            headers += tuple((name.encode(), value.encode()) for name, value in ask.headers.items())
        robots = ask.kind == "robots"
        max_bytes = ask.max_bytes or (MAX_ROBOTS_BYTES if robots else self._limits.max_bytes)
        return Request(
            address, headers, errand.private_allowed, left_s, max_bytes, cut=robots, page=ask.kind == "page"
        )

    def _answer(
        self, errand: _Errand, address: Address, response: Response, hops: tuple[Hop, ...], said: "_Said"
    ) -> Answer:
        ask = errand.ask
        conditional = ask.etag is not None or ask.last_modified is not None
        if response.status == _NOT_MODIFIED and not conditional:
            raise status_fault(response.status, response.reason_phrase)
        signals = said.signals
        if ask.kind == "page":
            found = signals_of(response.headers, response.content, address.url, product=self._product)
            found = tuple(replace(each, obeyed=ask.obey and forbids(each)) for each in found)
            signals = (*signals, *found)
            if ask.obey and found:
                _obey(signals)
        secret = {name.lower().encode() for name in ask.headers}
        request_headers = response.request_headers
        if secret:
            request_headers = tuple(
                (name, _MASK if name.lower() in secret else value) for name, value in request_headers
            )
        return Answer(
            url=address.url,
            status=response.status,
            headers=response.headers,
            content=response.content,
            fetched_at=response.fetched_at,
            asked_at=response.asked_at,
            hops=hops,
            signals=signals,
            raw_headers=response.raw_headers,
            request_headers=request_headers,
            reason_phrase=response.reason_phrase,
            http_version=response.http_version,
            address=response.ip,
        )

    async def _rules_file(self, address: Address, ask: Ask, crawl_delay_s: float | None) -> bytes:
        """A host's robots.txt or tdmrep.json, redirects followed; raises `InputError`."""
        wanted = Ask(address.url, kind="robots", network=ask.network, delay_s=ask.delay_s)
        return (await self._got(wanted, crawl_delay_s)).content


@dataclass(frozen=True, slots=True)
class _Said:
    """What a host says of an address before it is asked for."""

    crawl_delay_s: float | None = None
    signals: tuple[Signal, ...] = ()


def _obey(signals: "tuple[Signal, ...] | list[Signal]") -> None:
    for signal in signals:
        if forbids(signal):
            sentence = {
                "robots": "the site's robots.txt does not allow it",
                "tdm": "the site reserves its rights for text and data mining",
                "noai": "the site asks not to use it for AI",
            }[signal.kind]
            raise Refused(
                f"{sentence} ({signal.evidence}); ask the publisher for leave",
                reason=signal.kind,
                signals=tuple(signals),
            )
