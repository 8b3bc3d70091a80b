"""`quantize`, `check` and `evaluate` give what the commands write."""

import json
import logging
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import ember

Command = Callable[..., "subprocess.CompletedProcess[str]"]
SHAPES = {
    "conv1": (8, 3, 3, 3),
    "fire2/squeeze1x1": (4, 8, 1, 1),
    "fire2/expand1x1": (6, 4, 1, 1),
    "fire2/expand3x3": (6, 4, 3, 3),
    "conv10": (5, 12, 1, 1),
}


@pytest.fixture
def network(tmp_path: pathlib.Path) -> pathlib.Path:
    """A tiny network of five classes, as safetensors."""
    header: dict[str, Any] = {}
    data = b""
    for layer, (name, shape) in enumerate(SHAPES.items()):
        count = shape[0] * shape[1] * shape[2] * shape[3]
        values = [((i * 37 + layer * 11) % 101) / 101 - 0.42 for i in range(count)]
        for part, part_shape, numbers in [("weight", shape, values), ("bias", shape[:1], [v + 0.3 for v in values[: shape[0]]])]:
            packed = struct.pack(f"<{len(numbers)}f", *numbers)
            header[f"{name}.{part}"] = {"dtype": "F32", "shape": part_shape, "data_offsets": [len(data), len(data) + len(packed)]}
            data += packed
    text = json.dumps(header).encode()
    path = tmp_path / "tiny.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.fixture
def folder(tmp_path: pathlib.Path, photographs: list[pathlib.Path]) -> pathlib.Path:
    images = tmp_path / "images"
    images.mkdir()
    for photograph in photographs:
        shutil.copy(photograph, images)
    (images / "labels.csv").write_text("file,class\n" + "".join(f"{p.name},{i}\n" for i, p in enumerate(photographs)))
    return images


FACTS: Any = {"size": 64, "pools": ["conv1", "fire2"]}
OPTIONS = ["--size", 64, "--pools", "conv1,fire2"]


@pytest.mark.parametrize("calibration", ["equalise", "max", "percentile:99.5"])
def test_quantize_gives_the_commands_file(network: pathlib.Path, folder: pathlib.Path, command: Command, calibration: str, tmp_path: pathlib.Path) -> None:
    output, report_file = tmp_path / "out.ember", tmp_path / "report.json"
    command("quantize", network, "--images", folder, "-o", output, "--json", report_file, "--calibration", calibration, *OPTIONS)
    heard: list[tuple[str, int, int]] = []
    model, report = ember.quantize(network, folder, calibration=calibration, progress=lambda *what: heard.append(what), **FACTS)
    assert model.to_bytes() == output.read_bytes()
    assert report == {key: value for key, value in json.loads(report_file.read_text()).items() if key != "model"}
    assert any(done == count > 0 for _, done, count in heard) and heard[-1][0] == "compare"
    with ember.open("software", model) as device:
        assert device.classify(next(folder.glob("*.png"))).sums.shape == (5,)


def test_quantize_says_what_stands_in_the_way(network: pathlib.Path, folder: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    refused: list[tuple[type[Exception], str, Callable[[], object]]] = [
        (ember.QuantizeError, "missing.onnx: the network cannot be read", lambda: ember.quantize("missing.onnx")),
        (ember.QuantizeError, "photographs are needed", lambda: ember.quantize(network, **FACTS)),
        (ember.QuantizeError, "missing", lambda: ember.quantize(network, folder / "missing", **FACTS)),
        (ValueError, 'calibration is "kl": expected equalise', lambda: ember.quantize(network, folder, calibration="kl", **FACTS)),
        (ValueError, "resize is", lambda: ember.quantize(network, folder, resize="often", **FACTS)),
        (ValueError, "headroom is 9", lambda: ember.quantize(network, folder, headroom=9, **FACTS)),
        (ValueError, 'normalisation is "none"', lambda: ember.quantize(network, folder, normalisation="none")),  # type: ignore[arg-type]
        (TypeError, "there is no keyword sizes", lambda: ember.quantize(network, folder, sizes=3)),  # type: ignore[call-arg]
    ]
    for error, says, call in refused:
        with pytest.raises(error) as caught:
            call()
        assert says in str(caught.value)
    # what was assumed is a warning
    with caplog.at_level(logging.INFO, logger="ember"):
        ember.quantize(network, folder, calibration="max", **FACTS)
    assert any("tiny.safetensors" in record.message for record in caplog.records if record.levelno == logging.WARNING)


def test_check_tells_what_the_command_writes(network: pathlib.Path, command: Command, tmp_path: pathlib.Path) -> None:
    model = tmp_path / "own.ember"
    ember.load().save(model)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"text")
    for path, facts, options in [(network, FACTS, OPTIONS), (model, {}, []), (broken, {}, []), (tmp_path / "missing.onnx", {}, [])]:
        written = tmp_path / "check.json"
        command("check", path, "--json", written, *options)
        report = ember.check(path, **facts)
        assert report == json.loads(written.read_text())
        assert report["accepted"] == (report["reason"] is None)


def test_evaluate_gives_the_commands_figures(folder: pathlib.Path, command: Command, tmp_path: pathlib.Path) -> None:
    (folder / "broken.png").write_bytes(b"text")
    with (folder / "labels.csv").open("a") as labels:
        labels.write("broken.png,1\n")
    written = tmp_path / "eval.json"
    command("eval", folder, "--labels", "labels.csv", "--json", written)
    expected, report = json.loads(written.read_text()), ember.evaluate(folder, "labels.csv")
    for figures in [expected, report]:
        assert figures.pop("seconds") > 0
    assert report == expected
    assert len(report["skipped"]) == 1 and report["images"] == len(list(folder.glob("*.*"))) - 2


def test_evaluate_compares_with_the_float_network(network: pathlib.Path, folder: pathlib.Path, command: Command, tmp_path: pathlib.Path) -> None:
    model, _ = ember.quantize(network, folder, calibration="max", **FACTS)
    own = tmp_path / "own.ember"
    model.save(own)
    written = tmp_path / "eval.json"
    command("eval", folder, "--labels", "labels.csv", "--model", own, "--float", network, "--json", written, *OPTIONS)
    expected = json.loads(written.read_text())
    report = ember.evaluate(folder, folder / "labels.csv", model=model, float_network=network, **FACTS)
    assert expected.pop("seconds") > 0 and report.pop("seconds") > 0
    assert report == expected and report["agreement"] is not None and report["sqnr"]["images"] == 3


def test_evaluate_says_what_stands_in_the_way(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("file,class\nmissing.png,3\n")
    for arguments, says in [
        ((tmp_path / "nowhere",), "this is not a folder"),
        ((folder, "other.csv"), "the label file cannot be read"),
        ((folder, empty), "none of 1 image can be evaluated; the first one: "),
    ]:
        with pytest.raises(ember.EvaluateError, match=says):
            ember.evaluate(*arguments)


def test_keyboard_interrupt_ends_an_evaluation(folder: pathlib.Path, photographs: list[pathlib.Path]) -> None:
    many = folder / "many.csv"
    many.write_text("file,class\n" + f"{photographs[0].name},1\n" * 20_000)
    start = time.monotonic()
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        ember.evaluate(folder, many)
    assert time.monotonic() - start < 10


def test_keyboard_interrupt_ends_a_quantisation(network: pathlib.Path, folder: pathlib.Path) -> None:
    heard: list[str] = []

    def progress(stage: str, done: int, count: int) -> None:
        if not heard:
            os.kill(os.getpid(), signal.SIGINT)
        heard.append(stage)
        # so that the signal is handled before the stage's end
        time.sleep(0.3)

    with pytest.raises(KeyboardInterrupt):
        ember.quantize(network, folder, progress=progress, **FACTS)
    time.sleep(3)
    assert set(heard) == {"read"}
