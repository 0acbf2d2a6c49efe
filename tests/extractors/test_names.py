"""Who a credit names: the person without the trimmings, the agency apart from the person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.names import Credits, credits_of


@pytest.mark.parametrize(
    ("credit", "persons"),
    [
        ("Jane Doe", ["Jane Doe"]),
        ("By Jane Doe", ["Jane Doe"]),
        ("ByJane Doe", ["Jane Doe"]),
        ("Written by: Jane Doe", ["Jane Doe"]),
        ("Von Jutta Krähwinkel", ["Jutta Krähwinkel"]),
        ("Kommentar vonJutta Krähwinkel", ["Jutta Krähwinkel"]),
        ("Par Odile Bréchet", ["Odile Bréchet"]),
        ("Por Íñigo Salcedo", ["Íñigo Salcedo"]),
        ("di Viola Mazzanti", ["Viola Mazzanti"]),
        ("Автор: Олег Северный", ["Олег Северный"]),
        ("Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("Jane Doe, John Roe and Ann Poe", ["Jane Doe", "John Roe", "Ann Poe"]),
        ("Jane Doe; John Roe", ["Jane Doe", "John Roe"]),
        ("Jane Doe | John Roe / Ann Poe", ["Jane Doe", "John Roe", "Ann Poe"]),
        ("Jutta Krähwinkel und Bernd Ostermoor", ["Jutta Krähwinkel", "Bernd Ostermoor"]),
        ("Odile Bréchet et Luc Vannier", ["Odile Bréchet", "Luc Vannier"]),
        ("Ana Gil y Eva Paz", ["Ana Gil", "Eva Paz"]),
        ("渡辺みさき、中村しんご", ["渡辺みさき", "中村しんご"]),
        ("Doe, Jane", ["Jane Doe"]),
        ("Jane Doe, Senior Political Editor", ["Jane Doe"]),
        ("Jane Doe Senior Political Correspondent", ["Jane Doe"]),
        ("Jutta Krähwinkel, Chefredakteurin", ["Jutta Krähwinkel"]),
        ("Jane Doe / Journalist", ["Jane Doe"]),
        ("김하늘 기자", ["김하늘"]),
        ("Prof. Dr. Jane Doe", ["Jane Doe"]),
        ("Jane Doe, PhD", ["Jane Doe"]),
        ("Jane Doe (jdo)", ["Jane Doe"]),
        ("Jane Doe jane.doe@mail.example", ["Jane Doe"]),
        ("Jane Doe | jane.doe@mail.example | @janedoe", ["Jane Doe"]),
        ("<a href='/jane'>Jane Doe</a>", ["Jane Doe"]),
        ("Jane O&#39;Doe", ["Jane O'Doe"]),
        ("Jane Doe in Oslo", ["Jane Doe"]),
        ("Jane Doe For the Courier", ["Jane Doe"]),
        ("Jane Doe, Oslo", ["Jane Doe"]),
        ("  Jane\n  Doe ", ["Jane Doe"]),
        ("Jane Doe, Jane Doe", ["Jane Doe"]),
        ("JANE DOE", ["JANE DOE"]),
        ("jane doe", ["jane doe"]),
    ],
)
def test_a_person_is_named_without_what_stands_around_the_name(credit, persons):
    assert list(credits_of(credit).persons) == persons


@pytest.mark.parametrize(
    "name",
    [
        "José Ortega y Gasset",
        "Gabriel de Sá e Melo",
        "Ursula von der Leyen",
        "von der Marwitz",
        "Robert F. Kennedy Jr.",
        "Byron Avery",
        "BYRON SMITH",
        "Paris Vonnegut",
        "Emily Post",
        "Sid Keller",
        "Anne-Kathrin O’Hara",
        "Lê Phương Mai",
        "Per Hansen",
    ],
)
def test_a_name_that_looks_like_something_else_stays_whole(name):
    assert credits_of(name) == Credits((name,))


@pytest.mark.parametrize(
    "credit",
    [
        "Reuters",
        "AFP",
        "dpa",
        "Reuters Staff",
        "Saltmarsh Press Association",
        "Redaktion",
        "Online-Redaktion",
        "La Redacción",
        "Newsroom",
        "The Saltmarsh Courier",
        "courier.example",
        "朝潮新聞",
    ],
)
def test_an_organisation_is_no_person(credit):
    found = credits_of(credit)
    assert found.persons == ()
    assert len(found.organizations) == 1


@pytest.mark.parametrize(
    "credit",
    [
        "",
        " ",
        "By",
        "https://social.example/jane",
        "@janedoe",
        "1482088",
        "Senior Reporter",
        "unknown",
        "N/A",
        "...",
        "5 min read",
    ],
)
def test_what_names_nobody_gives_nothing(credit):
    assert credits_of(credit) == Credits()


def test_persons_and_organisations_of_one_credit_come_apart():
    assert credits_of("Jane Doe and John Roe, AP") == Credits(("Jane Doe", "John Roe"), ("AP",))
    assert credits_of("Jutta Krähwinkel/dpa") == Credits(("Jutta Krähwinkel",), ("dpa",))


def test_the_publication_itself_is_no_person_once_it_is_known():
    assert credits_of("Uferpost").persons == ("Uferpost",)
    assert credits_of("Uferpost", organizations=["UFERPOST"]) == Credits((), ("Uferpost",))
    assert (Credits(("Uferpost", "Jane Doe")) | Credits((), ("Uferpost",))).persons == ("Jane Doe",)


@pytest.mark.parametrize(
    ("line", "persons"),
    [
        ("By Jane Doe 5 January 2025 10:15", ["Jane Doe"]),
        ("By Jane Doe January 5, 2025", ["Jane Doe"]),
        ("Jane Doe Posted January 5 | 4 min read", ["Jane Doe"]),
        ("Jane Doe2, John Roe", ["Jane Doe", "John Roe"]),
        ("January 5, 2025", []),
        ("10:15 | Sport", []),
        ("share this", []),
    ],
)
def test_a_visible_line_ends_where_its_date_begins(line, persons):
    assert list(credits_of(line, visible=True).persons) == persons


@given(st.text(max_size=300), st.booleans())
def test_any_text_gives_folded_names_each_once(text, visible):
    found = credits_of(text, visible=visible)
    names = (*found.persons, *found.organizations)
    assert all(name and name == " ".join(name.split()) for name in names)
    assert len({name.casefold() for name in names}) == len(names)
