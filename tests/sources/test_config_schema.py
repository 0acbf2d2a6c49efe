"""The schema for editors and the example say what the reader takes."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # it has no stubs here
import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from records import UsageError
from sources import config, config_keys
from sources.config_keys import KINDS, OF_SOURCE
from sources.config_schema import schema, schema_text
from tests.sources.config_entries import BROKEN, SOUND, entries, read

ROOT = Path(__file__).resolve().parents[2]


# The schema for editors


def test_the_schema_beside_the_reader_is_up_to_date():
    written = (ROOT / "sources" / "sources.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "run `make docs`"


def test_the_schema_is_a_schema():
    jsonschema.Draft7Validator.check_schema(schema())


@settings(max_examples=400, deadline=None)
@given(entries(), st.sampled_from([{}, {"contact": "a@b.org"}, {"contact": "me"}, {"user_agent": "Mozilla"}]))
def test_the_schema_takes_what_the_reader_takes(entry, top):
    tables = {**top, "source": [entry]}
    try:
        read(tomlkit.dumps(tables), None)
        taken = True
    except UsageError:
        taken = False
    assert jsonschema.Draft7Validator(schema()).is_valid(tables) == taken


def test_every_key_is_tried_above():
    assert set(SOUND) == set(BROKEN) == set(OF_SOURCE)


@pytest.mark.parametrize("key", config_keys.TOP_KEYS + config_keys.SOURCE_KEYS, ids=lambda key: key.name)
def test_every_key_has_an_example_that_fits(key):
    value = tomllib.loads(f"x = {key.example}")["x"]
    place = "contact" if key.name in config_keys.TOP else "source"
    part = schema()["properties"]
    properties = part if place == "contact" else part["source"]["items"]["properties"]
    jsonschema.validate(json.loads(json.dumps(value)), properties[key.name])


# The example at the top level


def test_the_example_loads_as_it_is_and_asks_nothing_of_the_network():
    shown = config.load(ROOT / "sources.toml", environ={})
    assert [source.kind for source in shown.sources] == ["files"]


def test_the_example_loads_with_every_comment_sign_taken_away():
    text = re.sub(r"^#(?=[\w\[])", "", (ROOT / "sources.toml").read_text(), flags=re.MULTILINE)
    shown = config.read(text, path=ROOT / "sources.toml", environ={"INTRANET_TOKEN": "x"})
    assert {source.kind for source in shown.sources} == set(KINDS)
    assert shown.contact
    jsonschema.validate(tomllib.loads(text), schema())
