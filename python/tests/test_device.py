"""One image and many, in every form; equal to what the command writes."""

import json
import pathlib
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import ember

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Bytes = npt.NDArray[np.uint8]


def decoded(path: pathlib.Path) -> Bytes:
    """The pixels of a photograph, by another decoder."""
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pixels: Bytes = np.asarray(pillow.open(path).convert("RGB"))
    return pixels


def test_files_give_the_commands_bytes(device: ember.Device, photographs: list[pathlib.Path], command: Command) -> None:
    missing = pathlib.Path("missing.png")
    output = command("classify", "--format", "jsonl", "--logits", "--quiet", *photographs, missing)
    records = [json.loads(line) for line in output.stdout.splitlines()]
    results = device.classify([*photographs, missing], errors="return")
    assert len(records) == len(results) == len(photographs) + 1
    for record, result in zip(records[:-1], results[:-1]):
        assert isinstance(result, ember.Classification)
        assert record["sums"] == result.sums.tolist()
        assert record["logits"] == result.logits.tolist()
        written = [(p["class"], p["name"], p["probability"]) for p in record["predictions"]]
        assert written == [(p.class_id, p.name, p.probability) for p in result.top(5)]
    assert isinstance(results[-1], ember.ImageError)
    assert records[-1]["error"] == str(results[-1])


def test_every_form_of_a_photograph_gives_the_same(device: ember.Device, photographs: list[pathlib.Path]) -> None:
    png = next(path for path in photographs if path.suffix == ".png")
    data = png.read_bytes()
    expected = device.classify(png).sums
    forms: list[Any] = [str(png), data, bytearray(data), memoryview(data)]
    for form in forms:
        assert np.array_equal(device.classify(form).sums, expected), type(form)
    pixels = decoded(png)
    assert np.array_equal(device.classify(pixels).sums, expected)
    pillow = pytest.importorskip("PIL.Image")
    assert np.array_equal(device.classify(pillow.open(png).convert("RGB")).sums, expected)
    # whatever the order of the bytes, and whether or not they may be written
    fortran = np.asfortranarray(pixels)
    flipped = np.ascontiguousarray(pixels[:, ::-1])[:, ::-1]
    wide = np.zeros((pixels.shape[0], pixels.shape[1], 4), np.uint8)
    wide[..., :3] = pixels
    frozen = pixels.copy()
    frozen.flags.writeable = False
    for array in [fortran, flipped, wide[..., :3], frozen]:
        assert np.array_equal(device.classify(array).sums, expected), array.flags


def frames(count: int, seed: int = 7) -> Bytes:
    print("seed", seed)
    return np.random.default_rng(seed).integers(0, 256, (count, 227, 227, 3), np.uint8)


def test_batches_are_their_images(device: ember.Device) -> None:
    batch = frames(5)
    one_by_one = [device.classify(image).sums for image in batch]
    every: list[Any] = [batch, list(batch), tuple(batch), np.asfortranarray(batch), batch[::1]]
    for many in every:
        results = device.classify(many)
        assert [r.sums.tolist() for r in results] == [sums.tolist() for sums in one_by_one]
    backwards = device.classify(batch[::-1])
    assert [r.sums.tolist() for r in backwards] == [sums.tolist() for sums in one_by_one[::-1]]
    assert device.classify([]) == []
    assert device.classify(batch[:0]) == []


@pytest.mark.parametrize(
    "image, error, says",
    [
        (np.zeros((227, 227, 3), np.float32), ember.ImageError, "of float32"),
        (np.zeros((227, 227, 3), np.int8), ember.ImageError, "of int8"),
        (np.zeros((227, 227), np.uint8), ember.ImageError, "the shape [227, 227]; expected uint8 of the shape [height, width, 3]"),
        (np.zeros((3, 227, 227), np.uint8), ember.ImageError, "the shape [3, 227, 227]"),
        (np.zeros((0, 227, 3), np.uint8), ember.ImageError, "at least one pixel"),
        (np.zeros((0, 227, 227, 4), np.uint8), ember.ImageError, "the shape [0, 227, 227, 4]"),
        (np.zeros((0, 227, 227, 3), np.float32), ember.ImageError, "of float32"),
        (np.zeros((), np.uint8), ember.ImageError, "the shape []"),
        (np.array(["a"]), ember.ImageError, "expected uint8"),
        (b"", ember.ImageError, "the encoded image"),
        (b"text", ember.ImageError, "this is not an image in a known format"),
        ("missing.png", ember.ImageError, "missing.png: the image cannot be read"),
        (pathlib.Path("missing.png"), ember.ImageError, "missing.png: the image cannot be read"),
        ("nul\0.png", ember.ImageError, "nul\\x00.png"),
        (None, TypeError, "of the type NoneType; expected a path"),
        (3, TypeError, "of the type int"),
        ((i for i in "ab"), TypeError, "of many images a list, or Device.stream"),
    ],
)
def test_bad_images_are_refused_in_one_sentence(device: ember.Device, image: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as caught:
        device.classify(image)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    # the same in a list, in its place
    if not (isinstance(image, np.ndarray) and image.ndim == 4):
        good = np.zeros((227, 227, 3), np.uint8)
        results = device.classify([good, image, good], errors="return")
        assert [type(r) for r in results] == [ember.Classification, error, ember.Classification]
        assert says in str(results[1])


def test_a_bad_image_loses_nothing(device: ember.Device) -> None:
    batch = list(frames(2))
    with pytest.raises(ember.ImageError) as caught:
        device.classify([batch[0], "missing.png", batch[1]])
    first, bad, last = caught.value.results
    assert isinstance(first, ember.Classification) and isinstance(last, ember.Classification)
    assert bad is caught.value
    with pytest.raises(ValueError, match='errors is "ignore"; expected "raise" or "return"'):
        device.classify(batch, errors="ignore")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "arguments, error, says",
    [
        (("gpu",), ember.DeviceError, "gpu"),
        (("software,software",), ember.DeviceError, "software is named twice"),
        (("",), ember.DeviceError, "expected"),
        (("xdma:9",), ember.DeviceError, "xdma9_control: there is no such node"),
        (("software", "missing.ember"), ember.ModelError, "missing.ember: the model cannot be read"),
        (("software", __file__), ember.ModelError, "this is not an Ember model file"),
    ],
)
def test_devices_that_are_not_there(arguments: tuple[str, ...], error: type[Exception], says: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(error) as caught:
        ember.open(*arguments, device_dir=tmp_path)
    assert says in str(caught.value)


def test_options_are_checked() -> None:
    for option in ["threads", "batch", "window"]:
        with pytest.raises(ValueError, match=f"{option} is 0; expected at least 1"):
            ember.open("software", **{option: 0})  # type: ignore[arg-type]
    with ember.open("software", threads=1, batch=2, window=3) as device:
        assert len(device.classify(frames(4))) == 4


def test_a_closed_device_says_so() -> None:
    device = ember.open("software")
    stream = device.stream(frames(1)[0] for _ in iter(int, 1))
    assert next(stream).class_id >= 0
    assert not device.closed
    assert device.shares[0]["name"] == "software" and device.shares[0]["failure"] is None
    device.close()
    device.close()
    assert device.closed and "closed" in repr(device)
    for call in [lambda: device.classify("cat.jpg"), lambda: device.stream([]), lambda: device.shares]:
        with pytest.raises(ember.ClosedError, match="closed"):
            call()
    # what had begun comes, then the stream says it too
    with pytest.raises(ember.ClosedError):
        for _ in stream:
            pass
    with ember.open() as other:
        assert repr(other) == "<ember.Device software, v1.1>"
    assert other.closed
    with pytest.raises(TypeError, match="a device cannot be pickled; pickle its model"):
        pickle.dumps(other)


def test_other_threads_of_python_go_on(device: ember.Device) -> None:
    """A thread counts while this one waits for a batch."""
    counted, stop = 0, threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        before = counted
        device.classify(frames(60))
        during = counted - before
    finally:
        stop.set()
        thread.join()
    assert during > 20, during


def test_many_threads_share_a_device(device: ember.Device) -> None:
    batch = frames(8)
    expected = [r.sums.tolist() for r in device.classify(batch)]
    found: list[Any] = [None] * len(batch)

    def work(i: int) -> None:
        found[i] = device.classify(batch[i]).sums.tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(batch))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_large_arrays_are_not_copied() -> None:
    """The most memory that a process of its own had, before and after a batch of 200 MB."""
    program = """
import numpy as np, resource, ember
most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
with ember.open("software", threads=2) as device:
    small = np.full((4, 227, 227, 3), 9, np.uint8)
    device.classify(small)
    batch = np.full((4, 4096, 4096, 3), 100, np.uint8)
    device.classify(batch[:, :300, :300].copy())
    before = most()
    results = device.classify(batch)
    assert len(results) == 4 and results[0].sums.any()
    print(most() - before)
"""
    grown = int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
    one_image = 4096 * 4096 * 3 >> 20
    assert grown < one_image, f"{grown} MB more; an image has {one_image} MB"


def test_arrays_are_let_go(device: ember.Device) -> None:
    image = frames(1)[0].copy()
    held = sys.getrefcount(image)
    for _ in range(20):
        device.classify(image)
        device.classify([image, image])
    # workers let go of an array when Python is entered the next time
    device.classify(frames(1))
    assert sys.getrefcount(image) == held
