"""Serve a local web by hand: `python -m tests.web`, or the big one with `--pages`.

The first line printed is one JSON object: the port, and the file with the addresses or sources.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path

from tests.web import server
from tests.web.big import big_web
from tests.web.log import Log
from tests.web.world import BUILDERS, local_web

_ENDING = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=200, help="of the big web")
    parser.add_argument("--pages", type=int, help="serve the big web, with so many pages over all sites")
    parser.add_argument("--page-bytes", type=int, default=12_000)
    parser.add_argument("--delay", type=float, default=0.0, help="a Crawl-delay for the big web, in seconds")
    parser.add_argument("--write", type=Path, help="the list of addresses, or sources.toml, goes here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="local-web-") as folder:
        if asked.pages:
            _serve_big(asked, asked.write or Path(folder) / "urls.txt")
        else:
            _serve_small(asked.write or Path(folder) / "sources.toml")


def _serve_big(asked: argparse.Namespace, listing: Path) -> None:
    web = big_web(sites=asked.sites, pages=asked.pages, page_bytes=asked.page_bytes, delay_s=asked.delay)
    port, sockets = server.free_port(web.addresses)
    with listing.open("w", encoding="ascii") as out:
        out.writelines(f"{url}\n" for url in web.urls(port))

    async def until() -> None:
        ended = asyncio.Event()
        for number in _ENDING:
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        _say(port, urls=str(listing), sites=web.sites, pages=web.pages)
        await ended.wait()

    asyncio.run(server.serve(sockets, web.answer, Log(), until()))


def _serve_small(config: Path) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # in the threads to come as well: they are waited for
    with local_web() as web:
        config.write_text(f'contact = "nobody@example.org"\n\n{web.toml()}', encoding="utf-8")
        _say(web.port, sources=str(config), sites=len(BUILDERS))
        for name, site in web.sites.items():
            _print(f"{site.place.base}  {name}: {site.about}")
        stop = signal.sigwait(_ENDING)
        _print(f"\n{len(web.log.entries)} requests, ended by {signal.Signals(stop).name}")


def _say(port: int, **more: object) -> None:
    _print(json.dumps({"port": port, **more}))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
