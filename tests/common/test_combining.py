"""Calls that travel together: one whose bearer loses its connection goes by itself; a fork leaves nobody waiting."""

import os
import signal
import time
from threading import Event, Thread, get_ident

from django.db import OperationalError

from common.combining import Combiner

DEADLINE = 20.0


def test_who_travelled_with_a_lost_connection_goes_alone() -> None:
    """The first holds the others up, the second leads them, and its connection is lost."""
    held, lost, answers = Event(), set[int](), dict[int, object]()

    def together(asked: list[int]) -> list[int]:
        lost.add(get_ident())
        raise OperationalError("the connection is lost")

    def alone(asked: int) -> int:
        if asked == 0:
            held.wait(DEADLINE)
        if get_ident() in lost:
            raise OperationalError("no connection to the server")
        return asked * 10

    combiner = Combiner(together=together, alone=alone, most=100)

    def send(number: int) -> None:
        try:
            answers[number] = combiner.send(number)
        except OperationalError as error:
            answers[number] = str(error)

    threads = [Thread(target=send, args=(number,)) for number in range(5)]
    for waiting, thread in enumerate(threads):
        thread.start()
        deadline = time.monotonic() + DEADLINE
        while len(combiner._list) < waiting or not combiner._at_work:
            assert time.monotonic() < deadline
    held.set()
    for thread in threads:
        thread.join(DEADLINE)
    assert answers == {0: 0, 1: "no connection to the server", 2: 20, 3: 30, 4: 40}


def test_a_forked_process_waits_for_nobody_who_stayed_behind() -> None:
    held, begun = Event(), Event()

    def alone(asked: int) -> int:
        begun.set()
        if asked == 0:
            held.wait(DEADLINE)
        return asked

    combiner = Combiner(together=list, alone=alone, most=100)
    first = Thread(target=combiner.send, args=(0,))
    first.start()
    assert begun.wait(DEADLINE)
    child = os.fork()
    if not child:
        signal.alarm(int(DEADLINE))
        os._exit(0 if not combiner._at_work and combiner.send(7) == 7 else 1)
    held.set()
    first.join(DEADLINE)
    assert os.waitpid(child, 0)[1] == 0
