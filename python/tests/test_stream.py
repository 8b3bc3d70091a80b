"""Streams: order, bounded memory, errors in their places, Ctrl-C, the program's end."""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import ember

IMAGE = np.full((227, 227, 3), 100, np.uint8)


def test_results_are_in_order(device: ember.Device) -> None:
    images = [np.full((227, 227, 3), level, np.uint8) for level in range(0, 250, 10)]
    expected = [r.sums.tolist() for r in device.classify(images)]
    stream = device.stream(iter(images))
    assert iter(stream) is stream
    assert [r.sums.tolist() for r in stream] == expected
    assert next(stream, None) is None
    # any iterable, and a batch by its first axis
    assert [r.sums.tolist() for r in device.stream(images)] == expected
    assert [r.sums.tolist() for r in device.stream(np.stack(images))] == expected
    assert list(device.stream([])) == []
    with pytest.raises(TypeError, match="cannot be iterated over"):
        device.stream(3)  # type: ignore[call-overload]


def test_no_more_is_taken_than_the_window() -> None:
    taken = 0

    def endless() -> Iterator[npt.NDArray[np.uint8]]:
        nonlocal taken
        while True:
            taken += 1
            yield IMAGE

    with ember.open("software", window=5) as device, device.stream(endless()) as stream:
        for given in range(1, 8):
            next(stream)
            time.sleep(0.1)
            assert given <= taken <= given + 6
    with pytest.raises(StopIteration):
        next(stream)


def test_bad_images_keep_their_places(device: ember.Device, photographs: list[pathlib.Path]) -> None:
    images: list[Any] = [photographs[0], "missing.png", IMAGE, b"text", 3, photographs[1]]
    kinds = [ember.Classification, ember.ImageError, ember.Classification, ember.ImageError, TypeError, ember.Classification]
    returned = list(device.stream(images, errors="return"))
    assert [type(r) for r in returned] == kinds
    # a raised one does not end the stream
    stream = device.stream(images)
    raised: list[type] = []
    while True:
        try:
            raised.append(type(next(stream)))
        except StopIteration:
            break
        except (ember.ImageError, TypeError) as error:
            raised.append(type(error))
    assert raised == kinds
    # only paths are kept
    first, array = returned[0], returned[2]
    assert isinstance(first, ember.Classification) and first.image == photographs[0]
    assert isinstance(array, ember.Classification) and array.image is None


def test_what_the_generator_raises_comes_behind_its_results(device: ember.Device) -> None:
    def camera() -> Iterator[npt.NDArray[np.uint8]]:
        yield IMAGE
        yield IMAGE
        raise OSError("the camera is gone")

    stream = device.stream(camera())
    assert next(stream).class_id == next(stream).class_id
    with pytest.raises(OSError, match="the camera is gone"):
        next(stream)
    assert next(stream, None) is None


def test_a_stream_is_read_by_one_thread(device: ember.Device) -> None:
    blocked = threading.Event()

    def waits() -> Iterator[npt.NDArray[np.uint8]]:
        blocked.wait()
        yield IMAGE

    stream = device.stream(waits())
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(stream))
    thread.start()
    time.sleep(0.2)
    with pytest.raises(ValueError, match="another thread is waiting"):
        next(stream)
    blocked.set()
    thread.join()
    assert len(found) == 1


def interrupted_after(seconds: float) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()


def test_keyboard_interrupt_ends_a_stream(device: ember.Device) -> None:
    ended = threading.Event()

    def camera() -> Iterator[npt.NDArray[np.uint8]]:
        try:
            while True:
                yield IMAGE
        finally:
            ended.set()

    stream, count = device.stream(camera()), 0
    interrupted_after(0.5)
    with pytest.raises(KeyboardInterrupt):
        for _ in stream:
            count += 1
    assert count > 0
    # nothing more is taken, and the device serves others
    del stream
    assert device.classify(IMAGE).class_id >= 0
    assert ended.wait(10)


def test_keyboard_interrupt_while_the_generator_waits(device: ember.Device) -> None:
    released = threading.Event()

    def silent() -> Iterator[npt.NDArray[np.uint8]]:
        released.wait()
        yield IMAGE

    start = time.monotonic()
    interrupted_after(0.3)
    with pytest.raises(KeyboardInterrupt):
        next(device.stream(silent()))
    assert time.monotonic() - start < 5
    released.set()


def test_keyboard_interrupt_ends_a_batch(device: ember.Device) -> None:
    # a minute's work
    images = [IMAGE] * 5000
    start = time.monotonic()
    interrupted_after(0.5)
    with pytest.raises(KeyboardInterrupt):
        device.classify(images)
    assert time.monotonic() - start < 10
    assert device.classify(IMAGE).class_id >= 0


def test_memory_is_flat_over_a_long_stream() -> None:
    """Full-size frames, of which some hundred MB go through."""

    def camera(count: int) -> Iterator[npt.NDArray[np.uint8]]:
        for level in range(count):
            yield np.full((720, 1280, 3), level % 256, np.uint8)

    def most() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

    with ember.open("software", threads=2, window=8) as device:
        for _ in device.stream(camera(40)):
            pass
        before = most()
        assert sum(1 for _ in device.stream(camera(300))) == 300
        assert most() - before < 40, "MB, of 800 MB that went through"


@pytest.mark.parametrize("end", ["", "sys.exit(0)", "stream.close()", "device.close()", "del stream"])
def test_a_program_may_end_in_mid_stream(end: str) -> None:
    program = f"""
import sys, time, numpy as np, ember
def camera():
    while True:
        yield np.zeros((227, 227, 3), np.uint8)
        time.sleep(0.001)
device = ember.open("software", threads=2)
stream = device.stream(camera())
print(next(stream).class_id >= 0, flush=True)
{end}
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
