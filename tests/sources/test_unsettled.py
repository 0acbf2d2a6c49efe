"""What was fetched and has no outcome yet is found again after a kill at any moment, until it has one."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from records import Candidate, Claimed, WarehouseError
from sources.archive import Place, open_archive
from sources.unsettled import SUFFIX, Unsettled, left_over, marked
from sources.web import Answer

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
PAGES = 8
A_FILE = 4
"""So many pages go into one archive file here."""


def candidate(number: int) -> Candidate:
    url = f"https://news.example.org/{number}"
    return Candidate(uri=url, source_id="wire", url=url, claimed=Claimed(title=f"Page {number}"))


def answer(number: int) -> Answer:
    return Answer(
        url=f"https://news.example.org/{number}",
        status=200,
        headers={"content-type": "text/html"},
        content=f"<p>This is page {number}.</p>".encode() * 40,
        fetched_at=AT + timedelta(seconds=number),
        asked_at=AT,
        raw_headers=((b"Content-Type", b"text/html"),),
        reason_phrase="OK",
    )


def archived(folder: Path) -> tuple[Place, ...]:
    """An archive of two files."""
    places: list[Place] = []
    for first in range(0, PAGES, A_FILE):
        with open_archive(folder, software="Dateline/0", now=lambda: AT) as archive:
            places += [
                archive.add(answer(number), source_id="wire", candidate=candidate(number))
                for number in range(first, first + A_FILE)
            ]
    return tuple(places)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Place, ...]]:
    folder = tmp_path_factory.mktemp("archive")
    places = archived(folder)
    assert len({place.file for place in places}) == PAGES // A_FILE
    return folder, places


@pytest.fixture
def folder(original: tuple[Path, tuple[Place, ...]], tmp_path: Path) -> Path:
    return shutil.copytree(original[0], tmp_path / "archive")


@pytest.fixture
def places(original: tuple[Path, tuple[Place, ...]]) -> tuple[Place, ...]:
    return original[1]


def found(folder: Path) -> dict[Place, str]:
    """What the next run finds: where, and which candidate."""
    return {
        place: kept.note.candidate.uri
        for file in marked(folder)
        for place, kept in left_over(folder, file)
        if kept.note.candidate
    }


def test_an_archive_without_marks_has_nothing_left(folder: Path):
    assert marked(folder) == ()
    assert marked(folder / "nowhere") == ()


def test_what_is_added_is_found_with_its_candidate_though_nobody_saved(folder: Path, places: Sequence[Place]):
    Unsettled(folder).add(places[2])
    assert marked(folder) == (places[2].file,)
    left = dict(left_over(folder, places[2].file))
    assert list(left) == list(places[2:A_FILE])  # what stands behind it is looked at, too
    kept = left[places[2]]
    assert kept.note.candidate == candidate(2)
    assert kept.content == answer(2).content
    assert kept.fetched_at == answer(2).fetched_at


def test_what_is_settled_leaves_no_mark(folder: Path, places: Sequence[Place]):
    unsettled = Unsettled(folder)
    for each in places:
        unsettled.add(each)
    for each in reversed(places):
        unsettled.settle(each)
    assert len(marked(folder)) == 2  # until somebody saves
    unsettled.save()
    assert marked(folder) == ()
    unsettled.save()


def test_a_mark_moves_up_to_the_first_that_waits(folder: Path, places: Sequence[Place]):
    unsettled = Unsettled(folder)
    for each in places[:A_FILE]:
        unsettled.add(each)
    unsettled.settle(places[0])
    unsettled.settle(places[2])
    unsettled.save()
    assert list(found(folder)) == list(places[1:A_FILE])


def test_a_mark_comes_back_with_the_next_that_waits(folder: Path, places: Sequence[Place]):
    unsettled = Unsettled(folder)
    unsettled.add(places[0])
    unsettled.settle(places[0])
    unsettled.save()
    unsettled.add(places[1])
    assert list(found(folder)) == list(places[1:A_FILE])


def test_what_was_never_added_can_be_settled(folder: Path, places: Sequence[Place]):
    unsettled = Unsettled(folder)
    unsettled.settle(places[0])
    unsettled.save()
    assert marked(folder) == ()


def test_the_oldest_file_comes_first(folder: Path, places: Sequence[Place]):
    unsettled = Unsettled(folder)
    unsettled.add(places[-1])
    unsettled.add(places[0])
    assert marked(folder) == (places[0].file, places[-1].file)
    assert marked(folder) == tuple(sorted(marked(folder)))


@pytest.mark.parametrize("mark", [b"", b"\n", b"nonsense", b"0", b"\xff\xfe"])
def test_a_broken_mark_means_the_whole_file(folder: Path, places: Sequence[Place], mark: bytes):
    """As when a kill came between opening and writing it."""
    (folder / f"{places[0].file}{SUFFIX}").write_bytes(mark)
    assert list(found(folder)) == list(places[:A_FILE])


def test_a_mark_without_its_file_leaves_nothing(folder: Path, places: Sequence[Place]):
    Unsettled(folder).add(places[0])
    (folder / places[0].file).unlink()
    assert marked(folder) == (places[0].file,)
    assert found(folder) == {}


@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_record_that_was_cut_short_is_passed_by(folder: Path, places: Sequence[Place], cut: int):
    """It is fetched again, and those before it are not."""
    Unsettled(folder).add(places[0])
    file = folder / places[0].file
    file.write_bytes(file.read_bytes()[: places[3].offset + cut])
    assert list(found(folder))[:3] == list(places[:3])
    assert set(found(folder)) <= set(places[:A_FILE])


def test_what_has_no_candidate_is_passed_by(tmp_path: Path):
    with open_archive(tmp_path, software="Dateline/0", now=lambda: AT) as archive:
        alone = archive.add(answer(0), source_id="wire")
        place = archive.add(answer(1), source_id="wire", candidate=candidate(1))
    Unsettled(tmp_path).add(alone)
    assert found(tmp_path) == {place: candidate(1).uri}


def test_a_mark_that_cannot_be_written_is_a_sentence(tmp_path: Path):
    with pytest.raises(WarehouseError, match=r"cannot be written .*make room"):
        Unsettled(tmp_path / "nowhere").add(Place("a.warc.gz", 0))


def test_threads_do_not_lose_each_others_marks(folder: Path, places: Sequence[Place]):
    unsettled = Unsettled(folder)

    def work(number: int) -> None:
        for _ in range(50):
            unsettled.add(places[number])
            unsettled.save()
            if number % 2:
                unsettled.settle(places[number])

    with ThreadPoolExecutor(PAGES) as pool:
        list(pool.map(work, range(PAGES)))
    unsettled.save()
    assert {places[0], places[2], places[4], places[6]} <= set(found(folder))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["add", "settle"]), st.integers(0, PAGES - 1)),
        st.tuples(st.sampled_from(["save", "kill", "resume"]), st.just(0)),
    ),
    max_size=40,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(steps=STEPS)
@example(steps=[("add", 3), ("add", 1), ("settle", 3), ("save", 0), ("kill", 0)])
@example(steps=[("add", 0), ("save", 0), ("kill", 0), ("add", 5), ("save", 0)])
def test_whatever_is_added_and_not_settled_is_found_again(
    folder: Path, places: tuple[Place, ...], steps: list[tuple[str, int]]
):
    for each in folder.glob(f"*{SUFFIX}"):
        each.unlink()
    waiting: set[Place] = set()
    unsettled = Unsettled(folder)
    for step, number in steps:
        place = places[number]
        match step:
            case "add":
                waiting.add(place)
                unsettled.add(place)
            case "settle":
                waiting.discard(place)
                unsettled.settle(place)
            case "save":
                unsettled.save()
            case "kill":
                unsettled = _resumed(folder, waiting, to_the_end=False)
            case "resume":
                unsettled = _resumed(folder, waiting, to_the_end=True)
        assert waiting <= set(found(folder))


def _resumed(folder: Path, waiting: set[Place], *, to_the_end: bool) -> Unsettled:
    """Another run, which takes up what is left, or is killed over it as well."""
    unsettled = Unsettled(folder)
    for file in marked(folder):
        beginning = Place(file, 0)
        unsettled.add(beginning)
        for place, _ in left_over(folder, file):
            if place in waiting:
                unsettled.add(place)
            if not to_the_end:
                return _resumed(folder, waiting, to_the_end=True)
        unsettled.settle(beginning)
    unsettled.save()
    return unsettled


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(steps=STEPS)
def test_when_all_is_settled_nothing_is_left(
    folder: Path, places: tuple[Place, ...], steps: list[tuple[str, int]]
):
    """Whatever went before."""
    for each in folder.glob(f"*{SUFFIX}"):
        each.unlink()
    unsettled = Unsettled(folder)
    for step, number in steps:
        if step == "add":
            unsettled.add(places[number])
        elif step == "settle":
            unsettled.settle(places[number])
        else:
            unsettled.save()
    for place in places:
        unsettled.settle(place)
    unsettled.save()
    assert marked(folder) == ()
