"""Made-up articles for the campaigns and the invariants that every state of a database keeps.

Everything follows from a name and a number, so that a campaign can be run again from its seed.
"""

import hashlib
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from records import Article, Candidate, Capture, Cut, DateClaim, Extracted

BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
"""When the first capture of a campaign was made; every later batch a minute later."""

_WORDS = tuple(
    "".join(random.Random(number).choices("aeiounrstlmdkp", k=2 + number % 9))  # noqa: S311 - not a secret
    for number in range(4000)
)

INVARIANTS: Mapping[str, str] = {
    "each article stands once": "SELECT count(*) = count(DISTINCT article_id) FROM articles",
    "articles are as many as the ledger says": """SELECT (SELECT count(*) FROM articles)
      = (SELECT coalesce(sum(articles_added), 0) FROM batches)""",
    "versions are as many as the ledger says": """SELECT (SELECT count(*) FROM article_versions)
      = (SELECT coalesce(sum(versions_added), 0) FROM batches)""",
    "captures are as many as the ledger says": """SELECT (SELECT count(*) FROM captures)
      = (SELECT coalesce(sum(captures_added), 0) FROM batches)""",
    "captures stand once": "SELECT count(*) = count(DISTINCT capture_id) FROM captures",
    "each batch is whole": """SELECT count(*) = 0 FROM batches b FULL JOIN
      (SELECT batch_id, count(*) AS found FROM outcomes GROUP BY batch_id) o USING (batch_id)
      WHERE b.items IS DISTINCT FROM o.found""",
    "batches are numbered without gaps": "SELECT count(*) = coalesce(max(batch_id), 0) FROM batches",
    "each article has its versions, numbered without gaps": """SELECT count(*) = 0 FROM articles a LEFT JOIN
      (SELECT article_id, count(*) AS found, count(DISTINCT version) AS numbers, max(version) AS last
       FROM article_versions GROUP BY article_id) v USING (article_id)
      WHERE (a.versions, a.versions, a.versions) IS DISTINCT FROM (v.found, v.numbers, v.last)""",
    "each capture was read as a version": """SELECT count(*) = 0 FROM captures
      WHERE version_id NOT IN (SELECT version_id FROM article_versions)""",
    "each article has what was cut from it": """SELECT (SELECT count(*) FROM cuts)
      = (SELECT count(*) FROM articles)""",
    "each article has its date claims": """SELECT (SELECT count(*) FROM date_claims)
      = (SELECT count(*) FROM articles)""",
}
"""Questions that answer true in every state; the last two because each made-up article has one of each."""

BROKEN = "SELECT name FROM ({}) WHERE NOT coalesce(kept, false)".format(  # noqa: S608 - our own questions
    " UNION ALL ".join(f"SELECT '{name}' AS name, ({sql}) AS kept" for name, sql in INVARIANTS.items())
)
"""The names of the invariants that are broken, a row each."""


def article(key: str, version: int = 0, *, uri: str, at: datetime, text_of: str | None = None) -> Extracted:
    """One article of some 4.5 kB, with one cut and one date claim.

    Args:
        key: its URL, as it were.
        version: every number gives other words.
        uri: of the candidate.
        at: aware; when it was fetched.
        text_of: the key whose words it has, for a duplicate; its own by default.
    """
    chance = random.Random(f"{text_of or key} {version}")  # noqa: S311 - not a secret
    paragraphs = tuple(" ".join(chance.choices(_WORDS, k=85)).capitalize() + "." for _ in range(9))
    text = "\n\n".join(paragraphs)
    content = f"{key}\n{text}".encode()
    return Extracted(
        capture=Capture(
            candidate=Candidate(uri=uri, source_id=f"source-{len(key) % 3}", fetched_at=at),
            content=content,
            content_sha256=hashlib.sha256(content).hexdigest(),
            fetched_at=at,
        ),
        article=Article(
            text=text,
            title=paragraphs[0][:60],
            cuts=(Cut("byline", "byline.by", "By A. Writer", 0, 12),),
            date_claims=(DateClaim("2025-01-01", "day", "text", "published", "1 January 2025"),),
        ),
        key=key,
        extractor_version="made-up",
    )


def batch(name: str, number: int, *, items: int) -> list[Extracted]:
    """A batch as a day brings it: two thirds new, the rest seen again, edited, or somebody else's words.

    Args:
        name: of the campaign or its part; articles of another name are never touched.
        number: of the batch, from 0; a greater one was fetched later.
        items: how many.
    """
    chance = random.Random(f"{name} {number}")  # noqa: S311 - not a secret
    at = BEGINNING + timedelta(minutes=number)
    made = []
    for place in range(items):
        uri = f"made-up:{name}/{number}/{place}"
        key = f"https://example.org/{name}/{number * items + place}"
        if number and chance.random() < 1 / 3:
            earlier = f"https://example.org/{name}/{chance.randrange(number * items)}"
            match chance.randrange(3):
                case 0:
                    made.append(article(earlier, uri=uri, at=at))
                case 1:
                    made.append(article(earlier, number, uri=uri, at=at))
                case _:
                    made.append(article(key, uri=uri, at=at, text_of=earlier))
        else:
            made.append(article(key, uri=uri, at=at))
    return made
