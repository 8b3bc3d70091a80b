"""Images a second of batches from Python and from Rust, in turns, and their ratio: `python benchmarks/batch_rate.py`.

It needs `cargo build --release --workspace --examples` beforehand, and numpy.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

import ember

RUST = pathlib.Path(__file__).resolve().parents[2] / "target/release/examples/batch_rate"


def python_rate(count: int) -> float:
    """As the Rust example: a device of its own, some images beforehand, then one batch."""
    batch = (np.arange(count * 227 * 227 * 3, dtype=np.uint64) % 251).astype(np.uint8).reshape(count, 227, 227, 3)
    with ember.open("software") as device:
        device.classify(batch[:20])
        start = time.perf_counter()
        results = device.classify(batch)
        seconds = time.perf_counter() - start
    assert len(results) == count
    return count / seconds


def rust_rate(count: int) -> float:
    return float(subprocess.run([RUST, str(count)], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=400, help="in a batch")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    if not RUST.exists():
        sys.exit(f"{RUST}: there is no such program; run `cargo build --release --workspace --examples`")
    rates: dict[str, list[float]] = {"python": [], "rust": []}
    for turn in range(options.rounds):
        # neither is always the first after the other's pause
        order = ["python", "rust"] if turn % 2 == 0 else ["rust", "python"]
        for name in order:
            rates[name].append(python_rate(options.images) if name == "python" else rust_rate(options.images))
        print(f"round {turn + 1}: python {rates['python'][-1]:.1f}, rust {rates['rust'][-1]:.1f} images/s", flush=True)
    # other work only ever makes a round slower
    best = {name: max(all_of) for name, all_of in rates.items()}
    median = {name: statistics.median(all_of) for name, all_of in rates.items()}
    for what, of in [("medians", median), ("best rounds", best)]:
        print(f"{what}: python {of['python']:.1f}, rust {of['rust']:.1f} images/s, python:rust {100 * of['python'] / of['rust']:.1f} %")


if __name__ == "__main__":
    main()
