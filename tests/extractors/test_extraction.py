"""One door for plain text and pages: a pure function from bytes to an article, the same answer each time."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import extract, extractor_version
from records import Claimed, Hints, InputError

PROSE = [
    "The harbour board said on Thursday that the old ferry would be kept in service for another year.",
    "The yard that was to build the new one has not been paid, two of its workers told the paper.",
    "A spokesman for the yard called the decision a mistake and said that it would be contested in court.",
]
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Ferry board keeps the old ship | The Example Gazette</title>
<link rel="canonical" href="https://example.org/news/ferry">
<meta property="og:title" content="Ferry board keeps the old ship">
<meta property="article:published_time" content="2024-03-12T10:15:30+01:00">
<meta name="author" content="Jane Doe"></head>
<body><nav><a href="/">Home</a></nav><article><h1>Ferry board keeps the old ship</h1>
<p class="meta">5 hours ago</p>
<p>{PROSE[0]}</p><p>Advertisement</p><p>{PROSE[1]}</p><p>{PROSE[2]}</p>
<p>Comments are closed.</p></article><footer>© 2024 Example</footer></body></html>"""


LOADED = "print(*sorted(m for m in sys.modules if m.startswith(('lxml', 'trafil'))))"


def python(code, given=b""):
    return subprocess.run(
        [sys.executable, "-c", code], input=given, capture_output=True, check=True
    ).stdout.decode()


def page():
    return extract(PAGE.encode(), url="https://example.org/news/ferry", content_type="text/html")


def test_a_page_gives_its_text_its_headline_and_its_author():
    article = page()
    assert article.text == "\n\n".join(PROSE)
    assert article.title == "Ferry board keeps the old ship"
    assert article.authors == ("Jane Doe",)
    assert article.canonical_url == "https://example.org/news/ferry"
    assert article.media == "html"
    assert article.language == "en"


def test_an_instant_is_given_in_utc_and_its_day_is_the_publishers():
    article = page()
    assert article.published == "2024-03-12T09:15:30Z"
    assert article.published_at == datetime(2024, 3, 12, 9, 15, 30, tzinfo=UTC)
    assert article.published_date == date(2024, 3, 12)
    assert article.published_precision == "instant"
    assert article.published_basis in ("opengraph", "meta")


def test_what_left_the_body_of_a_page_names_its_rule():
    cuts = {cut.text: cut.rule for cut in page().cuts}
    assert cuts["Advertisement"] == "advert-label"
    assert cuts.get("Comments are closed.", "comments-prompt") == "comments-prompt"


def test_plain_text_goes_in_by_the_same_door():
    article = extract(("Ferry board keeps the old ship\nBy Jane Doe\n\n" + "\n\n".join(PROSE)).encode())
    assert (article.title, article.authors, article.media) == (
        "Ferry board keeps the old ship",
        ("Jane Doe",),
        "text",
    )
    assert article.published is None


def test_an_age_dates_an_article_only_where_the_fetch_time_is_known():
    text = "\n\n".join(["Ferry board keeps the old ship", "2 days ago", *PROSE]).encode()
    assert extract(text).published is None
    assert extract(text, hints=Hints(not_after=datetime(2024, 3, 14, 12, tzinfo=UTC))).published is None
    fetched = extract(text, fetched_at=datetime(2024, 3, 14, 12, tzinfo=UTC))
    assert [claim.basis for claim in fetched.date_claims] == ["relative"]


def test_a_date_or_an_age_below_the_text_is_another_articles_unless_a_label_says_otherwise():
    moment = datetime(2024, 3, 14, 12, tzinfo=UTC)
    for line in ("5 hours ago", "13 March 2024"):
        article = extract("\n\n".join([*PROSE, line]).encode(), fetched_at=moment)
        assert article.published is None
        assert [claim.role for claim in article.date_claims] == ["unknown"]
    labelled = extract("\n\n".join([*PROSE, "Published: 13 March 2024"]).encode(), fetched_at=moment)
    assert labelled.published == "2024-03-13"


def test_nothing_is_published_after_it_was_read():
    text = "\n\n".join(["Ferry board keeps the old ship", "Published on 12 March 2031", *PROSE]).encode()
    article = extract(text, hints=Hints(not_after=datetime(2026, 1, 1, tzinfo=UTC)))
    assert article.published is None
    assert [claim.verdict for claim in article.date_claims] == ["rejected"]


def test_what_a_feed_or_a_json_line_said_is_heard():
    claimed = Claimed(title="Old ship stays", authors=("John Roe",), published="2024-03-12T08:00:00Z")
    article = extract("\n\n".join(PROSE).encode(), hints=Hints(claimed=claimed))
    assert (article.title, article.authors) == ("Old ship stays", ("John Roe",))
    assert article.published == "2024-03-12T08:00:00Z"
    assert article.published_basis == "given"


def test_blocks_are_the_text_and_know_their_places():
    text = "\n\n".join(["Ferry board keeps the old ship", *PROSE])
    article = extract(text.encode())
    assert article.text == "\n\n".join(block.text for block in article.blocks)
    assert [text[block.start : block.end] for block in article.blocks] == PROSE


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b" \n\n ", "empty"), (b"\x00" * 100, "binary"), (b"Share\n\n5 hours ago\n", "no_text")],
)
def test_what_holds_no_article_is_refused_with_a_reason(content, reason):
    with pytest.raises(InputError) as caught:
        extract(content)
    assert caught.value.reason == reason


def test_the_version_names_the_code_and_the_rules():
    number, _, rules = extractor_version().partition("+")
    assert number.isdigit()
    assert len(rules) == 8


def test_the_function_has_no_clock_and_no_memory_and_a_fresh_process_agrees():
    zone = timezone(timedelta(hours=1))
    moment = datetime(2024, 3, 14, 12, tzinfo=zone)
    first, second = (extract(PAGE.encode(), fetched_at=moment) for _ in range(2))
    assert first == second
    code = (
        "import sys; from extractors import extract; sys.stdout.write(extract(sys.stdin.buffer.read()).text)"
    )
    fresh = subprocess.run([sys.executable, "-c", code], input=PAGE.encode(), capture_output=True, check=True)
    assert fresh.stdout.decode() == first.text


def test_importing_the_room_costs_nothing():
    assert python(f"import sys, extractors; {LOADED}").strip() == ""


def test_plain_text_does_without_lxml():
    text = "A sentence of a few words, said twice."
    code = f"import sys; from extractors import extract; extract(sys.stdin.buffer.read()); {LOADED}"
    assert python(code, text.encode()).strip() == ""


@settings(max_examples=200)
# A NUL makes the bytes a guess between encodings, which the tests of decode speak of.
@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=400))
def test_any_text_is_an_article_or_is_refused_and_keeps_its_characters(text):
    try:
        article = extract(text.encode(), content_type="text/plain; charset=utf-8")
    except InputError:
        return
    kept = "".join(article.text.split()) + "".join("".join(cut.text.split()) for cut in article.cuts)
    if article.media == "text":
        wanted = "".join(
            mark for mark in text.removeprefix("\ufeff") if mark.isprintable() and not mark.isspace()
        )
        assert sorted(mark for mark in kept if mark.isprintable()) == sorted(wanted)
