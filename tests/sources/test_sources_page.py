"""docs/sources.md names every key and every kind, and its example is a sources.toml that loads."""

import re
from pathlib import Path

import pytest

from sources.config import read
from sources.config_keys import KINDS, SOURCE_KEYS, TOP_KEYS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
[EXAMPLE] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("key", [*TOP_KEYS, *SOURCE_KEYS], ids=lambda key: key.name)
def test_every_key_is_explained(key):
    assert f"| `{key.name}` | {key.meaning} |" in PAGE


def test_the_example_loads_and_has_every_kind():
    config = read(EXAMPLE, path=Path("sources.toml"), environ={})
    assert {source.kind for source in config.sources} == set(KINDS)
