"""What the tests share."""

import os
import pathlib
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

import ember

ROOT = pathlib.Path(__file__).resolve().parents[2]
PHOTOGRAPHS = sorted((ROOT / "net/assets/images").glob("*.*"))


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """A shell's background job ignores Ctrl-C from its start, and Python then too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def device() -> Iterator[ember.Device]:
    with ember.open("software") as opened:
        yield opened


@pytest.fixture(scope="session")
def photographs() -> list[pathlib.Path]:
    assert len(PHOTOGRAPHS) >= 3
    return PHOTOGRAPHS


@pytest.fixture(scope="session")
def command() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """The Rust command `ember`: `EMBER_COMMAND`, or that of the workspace's release build."""
    program = os.environ.get("EMBER_COMMAND") or shutil.which("ember", path=str(ROOT / "target/release"))
    if program is None:
        pytest.skip("the command `ember` is not built; run `cargo build --release --workspace --bins`, or name it in EMBER_COMMAND")

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)

    return run
