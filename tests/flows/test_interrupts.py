"""Ctrl-C interrupts at once, but nothing that must be finished."""

import os
import signal
import threading

import pytest

from flows.interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_at_once(number):
    with Interrupts(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


def test_what_is_held_is_finished_first():
    done = []
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):  # noqa: PT012  # the block is the point
        with interrupts.held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("finished")
        done.append("never")
    assert done == ["finished"]


def test_an_interrupt_is_told_once():
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt), interrupts.held():
            os.kill(os.getpid(), signal.SIGINT)
        with interrupts.held():
            pass


def test_an_error_while_held_is_not_covered_by_an_interrupt():
    with Interrupts() as interrupts, pytest.raises(ZeroDivisionError), interrupts.held():  # noqa: PT012  # likewise
        os.kill(os.getpid(), signal.SIGINT)
        raise ZeroDivisionError


def test_at_the_end_nothing_interrupts():
    with Interrupts() as interrupts:
        interrupts.ignore()
        os.kill(os.getpid(), signal.SIGINT)
        with interrupts.held():
            os.kill(os.getpid(), signal.SIGTERM)


def test_the_signals_are_given_back():
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) not in before
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_thread_leaves_the_signals_alone():
    seen = []

    def work() -> None:
        with Interrupts() as interrupts, interrupts.held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
