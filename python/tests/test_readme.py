"""The quick start of README.md, ten lines of it, runs as it stands."""

import pathlib
import re

import pytest


def test_the_quick_start_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    root = pathlib.Path(__file__).resolve().parents[2]
    (code,) = re.findall(r"```python\n(.*?)```", (root / "python/README.md").read_text(), re.DOTALL)
    assert len(code.strip().splitlines()) <= 12
    monkeypatch.chdir(root)
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("espresso 99.") and len(lines) > 8
