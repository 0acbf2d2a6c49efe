"""The person's own five articles come out to the letter, and every line that left them says why."""

import json
import re
from pathlib import Path

import pytest

from extractors import extract
from extractors.decode import decode

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "samples").glob("*.txt"))
EXPECTED = ROOT / "tests" / "samples_expected"


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.fixture(params=SAMPLES, ids=lambda path: path.stem)
def sample(request):
    return request.param


def test_there_are_five():
    assert len(SAMPLES) == 5


def test_text_title_date_and_precision_are_as_expected(sample):
    article = extract(sample.read_bytes())
    expected = json.loads((EXPECTED / f"{sample.stem}.json").read_text())
    assert article.text == (EXPECTED / f"{sample.stem}.txt").read_text().strip("\n")
    assert article.title == expected["title"]
    assert article.published == expected["published"]
    assert article.published_precision == expected["precision"]
    assert article.published_basis == expected["basis"]
    assert (article.published_date.isoformat() if article.published_date else None) == expected["published"]
    assert article.published_at is None
    assert article.language == "en"


def test_kept_and_cut_together_are_the_input_again(sample):
    source = decode(sample.read_bytes(), None).text
    article = extract(sample.read_bytes())
    without = list(source)
    for cut in article.cuts:
        assert squeezed(source[cut.start : cut.end]) == squeezed(cut.text)
        without[cut.start : cut.end] = " " * (cut.end - cut.start)
    assert squeezed("".join(without)) == squeezed(article.text)
    assert sum(len(squeezed(cut.text)) for cut in article.cuts) + len(squeezed(article.text)) == len(
        squeezed(source)
    )


def test_every_cut_names_its_role_and_rule(sample):
    for cut in extract(sample.read_bytes()).cuts:
        assert cut.role
        assert cut.rule


def test_the_same_bytes_give_the_same_answer(sample):
    assert extract(sample.read_bytes()) == extract(sample.read_bytes())


def test_cleaning_clean_text_again_changes_nothing(sample):
    text = extract(sample.read_bytes()).text
    assert extract(text.encode()).text == text


def test_no_sample_needs_a_rule_of_its_own():
    """What a rule names must not be a phrase that occurs only in the samples."""
    rules = "\n".join(
        path.read_text()
        for path in (ROOT / "extractors").rglob("*")
        if path.suffix in (".py", ".toml", ".json")
    )
    for name in ("Mishustin", "Jinping", "Putin", "Beijing", "Moscow", "SpoxCHN", "LI XIANG", "panda"):
        assert not re.search(rf"\b{re.escape(name)}\b", rules), name
