"""The language of a text, and when it cannot be told."""

import subprocess
import sys

import pytest

from extractors.language import identify


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The council met on Tuesday evening and decided to mend the old bridge before winter."),
        (
            "de",
            "Der Stadtrat hat am Dienstagabend beschlossen, die alte Brücke vor dem Winter zu reparieren.",
        ),
        ("fr", "Le conseil municipal a décidé mardi soir de réparer le vieux pont avant l'hiver prochain."),
        ("es", "El ayuntamiento decidió el martes por la noche reparar el viejo puente antes del invierno."),
        ("pt", "A câmara municipal decidiu na terça-feira à noite reparar a velha ponte antes do inverno."),
        (
            "it",
            "Il consiglio comunale ha deciso martedì sera di riparare il vecchio ponte prima dell'inverno.",
        ),
        (
            "nl",
            "De gemeenteraad besloot dinsdagavond om de oude brug nog voor de winter te laten herstellen.",
        ),
        ("pl", "Rada miasta postanowiła we wtorek wieczorem naprawić stary most jeszcze przed zimą."),
        ("ru", "Городской совет решил во вторник вечером починить старый мост до наступления зимы."),
        ("uk", "Міська рада вирішила у вівторок увечері полагодити старий міст до настання зими."),
        ("tr", "Belediye meclisi salı akşamı eski köprünün kıştan önce onarılmasına karar verdi."),
        ("ar", "قرر مجلس المدينة مساء الثلاثاء إصلاح الجسر القديم قبل حلول الشتاء"),
        ("ja", "市議会は火曜日の夜、冬が来る前に古い橋を修理することを決めた。"),
        ("zh", "市议会周二晚上决定在冬天到来之前修复这座旧桥。"),
        ("ko", "시의회는 화요일 저녁 겨울이 오기 전에 낡은 다리를 수리하기로 결정했다."),
    ],
)
def test_one_sentence_tells_the_language(language, text):
    assert identify(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Reuters",
        "Prime Minister",
        "12345 678 90",
        "……",
        "Ja, nein.",
        "https://courier.example/a/b/c",
    ],
)
def test_what_is_too_short_or_no_language_tells_none(text):
    assert identify(text) is None


def test_a_text_in_capitals_tells_its_language_too():
    assert identify("THE COUNCIL MET ON TUESDAY EVENING AND DECIDED TO MEND THE OLD BRIDGE.") == "en"


def test_a_foreign_quotation_at_the_end_of_a_long_text_changes_nothing():
    body = "The council met on Tuesday evening and decided to mend the old bridge before winter. " * 40
    assert identify(f"{body} Der Stadtrat hat beschlossen, die alte Brücke zu reparieren.") == "en"


def test_the_answer_does_not_depend_on_what_was_asked_before():
    english, german = "The bridge is shut until further notice.", "Die Brücke ist bis auf Weiteres gesperrt."
    assert [identify(text) for text in (english, german, english, german)] == ["en", "de", "en", "de"]


def test_the_model_is_loaded_by_the_first_question_and_not_by_the_import():
    code = "import sys, extractors.language; print('py3langid' in sys.modules or 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
