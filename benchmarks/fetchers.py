"""Programs that fetch a list of pages as fast as politeness allows, to be measured from outside.

    python -m benchmarks.fetchers ours|archiving|httpx|scrapy --urls FILE [--archive FOLDER] [--profile FILE]

All of them obey robots.txt (bare httpx asks for none), have one connection a host and no pause, and throw the
pages away, but for `archiving`, which keeps them as Dateline does. Prints one JSON object.
"""

import argparse
import asyncio
import cProfile
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from records import InputError
from sources import archive
from sources.http import web
from sources.web import Ask

USER_AGENT = "Dateline-benchmark/0 (on loopback)"

Fetched = Counter[str]
"""Pages that came, bytes in them, and failures by reason."""


def by_host(urls: Sequence[str]) -> Mapping[str, list[str]]:
    """The list of each host, in the order given."""
    hosts: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        hosts[urlsplit(url).netloc].append(url)
    return hosts


async def host_by_host(urls: Sequence[str], get: Callable[[str], Awaitable[int]]) -> Fetched:
    """Get all pages, one at a time on each host."""
    seen: Fetched = Counter()

    async def visit(pages: Sequence[str]) -> None:
        for url in pages:
            try:
                size = await get(url)
            except InputError as error:
                seen[error.reason] += 1
            else:
                seen["pages"] += 1
                seen["bytes"] += size

    async with asyncio.TaskGroup() as group:
        for pages in by_host(urls).values():
            group.create_task(visit(pages))
    return seen


def ours(urls: Sequence[str], folder: Path | None) -> Fetched:
    """Dateline's client, and its archive where there is a folder."""

    def now() -> datetime:
        return datetime.now(UTC)

    async def run() -> Fetched:
        with ExitStack() as stack:
            kept = folder and stack.enter_context(archive.open_archive(folder, software=USER_AGENT, now=now))
            async with web(user_agent=USER_AGENT, now=now) as get:

                async def one(url: str) -> int:
                    answer = await get(Ask(url, network="local"))
                    if kept:
                        kept.add(answer, source_id="benchmark")
                    return len(answer.content)

                seen = await host_by_host(urls, one)
            if kept:
                kept.sync()
            return seen

    return asyncio.run(run())


def bare(urls: Sequence[str]) -> Fetched:
    """Httpx alone, with its own pool of connections, which is most of what it costs with many hosts."""
    import httpx  # noqa: PLC0415  # the others do without

    async def run() -> Fetched:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(limits=limits, headers={"User-Agent": USER_AGENT}) as client:

            async def one(url: str) -> int:
                answer = await client.get(url)
                answer.raise_for_status()
                return len(answer.content)

            return await host_by_host(urls, one)

    return asyncio.run(run())


def scrapy(urls: Sequence[str]) -> Fetched:
    """A spider that asks for every page and looks at none."""
    from scrapy import Request, Spider  # noqa: PLC0415  # not every machine has it
    from scrapy.crawler import CrawlerProcess  # noqa: PLC0415  # as above

    seen: Fetched = Counter()

    class Pages(Spider):
        name = "pages"

        async def start(self):  # type: ignore[no-untyped-def]  # noqa: ANN202  # as Scrapy wants it
            for url in urls:
                yield Request(url)

        def parse(self, response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # as above
            seen["pages"] += 1
            seen["bytes"] += len(response.body)

    process = CrawlerProcess(
        {
            "USER_AGENT": USER_AGENT,
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": 512,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": 0,
            "AUTOTHROTTLE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        }
    )
    process.crawl(Pages)
    process.start()
    return seen


def main() -> None:
    """Fetch a list and say what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", choices=["ours", "archiving", "httpx", "scrapy"])
    parser.add_argument("--urls", type=Path, required=True)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--profile", type=Path, help="write what cProfile says here")
    asked = parser.parse_args()
    urls = asked.urls.read_text(encoding="ascii").split()
    programs: dict[str, Callable[[], Fetched]] = {
        "ours": lambda: ours(urls, None),
        "archiving": lambda: ours(urls, asked.archive),
        "httpx": lambda: bare(urls),
        "scrapy": lambda: scrapy(urls),
    }
    profile = cProfile.Profile() if asked.profile else None
    began = time.perf_counter()
    seen = profile.runcall(programs[asked.program]) if profile else programs[asked.program]()
    seconds = time.perf_counter() - began
    if profile:
        profile.dump_stats(asked.profile)
    json.dump({"seconds": seconds, **seen}, sys.stdout)


if __name__ == "__main__":
    main()
