"""The words of the local web: made-up local news in English, and HTML pages around it; all from a seed."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape

_TOWNS = (
    *("Aldermouth", "Brackwater", "Copsehill", "Dunmarsh", "Eastferry", "Fallowby", "Greywick", "Hartlow"),
    *("Inkpen Cross", "Jessop Green", "Kelmarsh", "Longshaw", "Mirefield", "Netherby", "Oakhampton"),
    *("Penny Quay", "Quarrington", "Redmoor", "Saltburn Heath", "Thornleigh", "Underbridge", "Vixen Hill"),
    *("Wetherstone", "Yarrowfield"),
)
_THINGS = (
    *("footbridge", "library roof", "tram depot", "flood gate", "market hall", "swimming pool", "bus lane"),
    *("school kitchen", "lighthouse", "cattle grid", "weather station", "village green", "cycle path"),
    *("pumping station", "concert hall", "allotment fence", "ferry landing", "museum wing", "fire station"),
    *("observatory", "orchard wall", "town clock", "water tower", "skating rink"),
)
_BODIES = (
    *("the town council", "the parish meeting", "the harbour board", "the county engineers", "the trustees"),
    *("the planning committee", "the residents' association", "the regional court", "the water company"),
)
_FIRST = (
    "Ada",
    "Bram",
    "Cora",
    "Dov",
    "Elin",
    "Femi",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kavya",
    "Liam",
    "Mira",
)
_LAST = (
    *("Ashdown", "Bellweather", "Crowhurst", "Dunmore", "Ellingham", "Farrow", "Goodchild", "Harkness"),
    *("Ilderton", "Jolliffe", "Kestrel", "Larkspur", "Marchbanks", "Nightingale", "Okonedo", "Pemberton"),
)
_JOBS = ("surveyor", "baker", "retired pilot", "teacher", "ferry captain", "beekeeper", "architect", "nurse")
_SEASONS = ("spring", "summer", "autumn", "winter")
_WEATHER = ("heavy rain", "a dry spell", "two storms", "an early frost", "a week of fog", "unusual heat")
_VERBS = ("repaired", "moved", "repainted", "rebuilt", "closed for a season", "opened at night", "sold")

_SENTENCES = (
    "{Body} of {town} decided late in the evening that the {thing} is to be {verb} before {season}.",
    "The decision was taken by {a} votes to {b}, after a debate that lasted for more than {c} hours.",
    "{person}, a {job} who lives beside the {thing}, said that {d} neighbours had wanted it since {season}.",
    "Work is expected to cost {e} thousand pounds, of which the county will pay about a third.",
    "Engineers had found cracks in the foundation after {weather} and advised against waiting any longer.",
    "Nobody was hurt when part of the {thing} came down last {season}, but {f} households lost their power.",
    "A group of {g} volunteers from {town2} has offered to help with the {thing2} in exchange for timber.",
    "{person2} told the meeting that the plans for the {thing2} had been drawn up without a single visit.",
    "According to the report, {h} people cross the place every day, most of them on their way to school.",
    "The contract will go to a firm from {town3} that built the {thing3} there {c} years ago.",
    "Critics fear that the noise will drive away the swifts that have nested there for {i} summers.",
    "An earlier vote had failed because {body2} could not agree with {body3} on who owns the land.",
    "Tickets for the opening will be given away by lot, and the first {g} visitors may ring the bell.",
    "If {weather2} delays the work, the {thing} will stay as it is until the following {season2}.",
    "{person} laughed when asked about the delay and pointed to the {thing3}, which took {i} years.",
    "The oldest drawing of the {thing} was found in an attic in {town2} and shows {c} towers, not two.",
    "Money left over is to be spent on benches, on {d} lamps and on a ramp for wheelchairs.",
    "{Body2} has asked for a second opinion and will hear {a} more witnesses in the coming weeks.",
    "In {town3} a similar plan was dropped when the price of steel rose by {b} per cent within a month.",
    "Shops along the street reported {f} fewer customers a day while the {thing2} was being {verb2}.",
    "“We measured it {c} times and got {c} different answers,” said {person2}, the project's {job2}.",
    "The minutes of the meeting run to {d} pages and can be seen at the office on weekday mornings.",
    "A spokeswoman for {body2} said that the {thing} would be safe to use throughout.",
    "By {season2}, the planners hope, {h} trees will stand where lorries park today.",
)
_HEADLINES = (
    "{town} votes to have its {thing} {verb}",
    "Why the {thing} of {town} will be {verb}",
    "{person} and the long quarrel over the {thing} in {town}",
    "After {weather}, {town} looks anew at its {thing}",
    "{town} finds {e} thousand pounds for the {thing}",
)

_NAVIGATION = ("News", "Sport", "Culture", "Weather", "Letters")
BEGINNING = datetime(2025, 10, 6, 6, 0, tzinfo=UTC)
"""When the first article of the local web was published."""


@dataclass(frozen=True, slots=True)
class Story:
    """An article as its author wrote it.

    Attributes:
        title: like no other's.
        paragraphs: of two to four sentences each.
        author: a person's name.
        published: aware, UTC.
        updated: aware, UTC; None before the first change.
    """

    title: str
    paragraphs: tuple[str, ...]
    author: str
    published: datetime
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dress:
    """What a page has beside its story.

    Attributes:
        canonical: the address that it names as its own.
        amp: the address of its AMP variant.
        meta: names and contents of further meta tags.
        html: attributes of the html tag.
        charset: what the page says of itself.
        links: addresses and words of the links in its side column.
    """

    canonical: str | None = None
    amp: str | None = None
    meta: tuple[tuple[str, str], ...] = ()
    html: str = 'lang="en"'
    charset: str = "utf-8"
    links: Sequence[tuple[str, str]] = field(default=())


# Every test's web tells the same stories; making them was nine tenths of setting one up.
@lru_cache(maxsize=512)
def story(seed: str, *, hours: float = 0.0, sentences: int = 11) -> Story:
    """An article of so many sentences, published so many hours after the beginning; from a seed."""
    chance = random.Random(seed)
    words = _words(chance)
    said = [
        line.format_map(words | _words(chance)) for line in chance.sample(_SENTENCES[1:], min(sentences, 23))
    ]
    said.insert(0, _SENTENCES[0].format_map(words))
    paragraphs = []
    while said:
        size = chance.randint(2, 4)
        paragraphs.append(" ".join(said[:size]))
        said = said[size:]
    headline = chance.choice(_HEADLINES).format_map(words)
    return Story(
        # The number makes sure that no two are alike, and that a mixed-up page is found out.
        title=f"{headline}, case {chance.randrange(10_000, 10_000_000)}",
        paragraphs=tuple(paragraphs),
        author=f"{chance.choice(_FIRST)} {chance.choice(_LAST)}",
        published=BEGINNING + timedelta(hours=hours),
    )


def page(told: Story, dress: Dress | None = None) -> str:
    """The HTML page of a story, with the furniture that news sites put around it."""
    dress = dress or Dress()
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": told.title,
        "datePublished": told.published.isoformat(),
        "dateModified": (told.updated or told.published).isoformat(),
        "author": {"@type": "Person", "name": told.author},
    }
    links = [
        *(f'<link rel="canonical" href="{escape(each)}">' for each in [dress.canonical] if each),
        *(f'<link rel="amphtml" href="{escape(each)}">' for each in [dress.amp] if each),
        *(f'<meta name="{escape(name)}" content="{escape(content)}">' for name, content in dress.meta),
    ]
    aside = "".join(f'<li><a href="{escape(url)}">{escape(words)}</a></li>' for url, words in dress.links)
    return f"""<!doctype html>
<html {dress.html}>
<head><meta charset="{dress.charset}">
<title>{escape(told.title)} | The Local Web</title>
{chr(10).join(links)}
<meta property="og:type" content="article">
<meta property="og:title" content="{escape(told.title)}">
<meta property="article:published_time" content="{told.published.isoformat()}">
<script type="application/ld+json">{json.dumps(data)}</script>
</head>
<body>
<header><nav>{"".join(f'<a href="/{word.lower()}/">{word}</a> ' for word in _NAVIGATION)}</nav></header>
<main><article>
<h1>{escape(told.title)}</h1>
<p class="byline">By {escape(told.author)}</p>
<time datetime="{told.published.isoformat()}">{told.published:%d %B %Y}</time>
{chr(10).join(f"<p>{escape(each, quote=False)}</p>" for each in told.paragraphs)}
</article></main>
<aside><h2>Also on this site</h2><ul>{aside}</ul></aside>
<footer><p>Copyright The Local Web. All words are made up.</p></footer>
</body>
</html>
"""


def _words(chance: random.Random) -> dict[str, object]:
    bodies, towns, things = chance.sample(_BODIES, 3), chance.sample(_TOWNS, 3), chance.sample(_THINGS, 3)
    people = [f"{chance.choice(_FIRST)} {chance.choice(_LAST)}" for _ in range(2)]
    numbered: dict[str, object] = {
        **_several("body", bodies),
        **_several("town", towns),
        **_several("thing", things),
        **_several("person", people),
        **_several("season", chance.sample(_SEASONS, 2)),
        **_several("weather", chance.sample(_WEATHER, 2)),
        **_several("verb", chance.sample(_VERBS, 2)),
        **_several("job", chance.sample(_JOBS, 2)),
    }
    capitals: dict[str, object] = {
        name.capitalize(): str(value)[:1].upper() + str(value)[1:] for name, value in numbered.items()
    }
    figures: dict[str, object] = {
        name: chance.randint(3 + 7 * place, 9 + 40 * place) for place, name in enumerate("abcdefghi")
    }
    return capitals | numbered | figures


def _several(name: str, values: Sequence[str]) -> dict[str, str]:
    """Name, name2, name3 and so on."""
    return {f"{name}{place if place > 1 else ''}": value for place, value in enumerate(values, 1)}
