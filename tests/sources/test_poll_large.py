"""A large document of one host keeps nobody from being asked in the meantime."""

import asyncio
import threading

import pytest

from records import Candidate, InputError, Outcome, Source
from sources.beside import AT_ONCE_BYTES, beside
from sources.poll import poll
from tests.sources.fake_web import NOW, FakeWeb

SITE = "https://paper.example"
PAD = "x" * (2 * AT_ONCE_BYTES)
SITEMAP = f"<urlset><url><loc>{SITE}/1</loc></url><!--{PAD}--></urlset>"
DOCUMENTS = {
    "feed": f"<rss><channel><item><link>{SITE}/1</link><author>{PAD}</author></item></channel></rss>",
    "sitemap": SITEMAP,
    "page": f"<h2><a href='/2025/11/04/the-council-met-on-tuesday'>The council met again</a></h2><p>{PAD}",
}


def ticks_of_poll(web: FakeWeb, source: Source) -> tuple[int, list[object]]:
    """How often the loop went on with other work while a source was polled, and what it brought."""

    async def both() -> tuple[int, list[object]]:
        ticks = 0

        async def others() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        asking = asyncio.create_task(others())
        await asyncio.sleep(0)
        before = ticks
        polled = await poll(source, web.get, now=NOW)
        asking.cancel()
        return ticks - before, list(polled.candidates)

    return asyncio.run(both())


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_other_hosts_are_asked_while_it_is_read(kind):
    web = FakeWeb()
    web.serve(f"{SITE}/x", DOCUMENTS[kind])
    ticks, found = ticks_of_poll(web, Source(id="a", kind=kind, url=f"{SITE}/x"))
    assert ticks > 0
    assert [type(each) for each in found] == [Candidate]


def test_so_they_are_while_a_sitemap_of_an_index_is():
    web = FakeWeb()
    web.serve(f"{SITE}/x", f"<sitemapindex><sitemap><loc>{SITE}/y</loc></sitemap></sitemapindex>")
    web.serve(f"{SITE}/y", SITEMAP)
    ticks, found = ticks_of_poll(web, Source(id="a", kind="sitemap", url=f"{SITE}/x"))
    assert ticks > 0
    assert [type(each) for each in found] == [Candidate]


def test_what_is_wrong_with_an_entry_far_down_is_said_with_its_number():
    web = FakeWeb()
    entries = [f"{SITE}/{number}" for number in range(1, 2500)]
    entries[1999] = "http://["
    web.serve(f"{SITE}/x", f"<sitemapindex><sitemap><loc>{SITE}/y</loc></sitemap></sitemapindex>")
    web.serve(f"{SITE}/y", f"<urlset>{''.join(f'<url><loc>{each}</loc></url>' for each in entries)}</urlset>")
    _, found = ticks_of_poll(web, Source(id="a", kind="sitemap", url=f"{SITE}/x"))
    assert [each.uri for each in found if isinstance(each, Outcome)] == [f"{SITE}/y#entry=2000"]
    assert len(found) == 2499


@pytest.mark.parametrize(("size", "is_beside"), [(AT_ONCE_BYTES, False), (AT_ONCE_BYTES + 1, True)])
def test_only_what_is_large_is_worth_a_thread(size, is_beside):
    here = threading.get_ident()
    assert (asyncio.run(beside(threading.get_ident, size_bytes=size)) != here) is is_beside


def test_what_is_raised_beside_arrives():
    def fail() -> None:
        raise InputError("it is none; give another", stage="find", reason="not_a_sitemap")

    with pytest.raises(InputError, match="it is none"):
        asyncio.run(beside(fail, size_bytes=AT_ONCE_BYTES + 1))
