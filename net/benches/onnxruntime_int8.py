#!/usr/bin/env python3
"""Compares the fast path with ONNX Runtime int8: one SqueezeNet v1.1 image, one thread each, one run.

    pip install onnxruntime onnx numpy
    python3 net/benches/onnxruntime_int8.py [MODEL.onnx] [--images FILE.npy]

The float model is quantised by ONNX Runtime's own static quantiser: u8 activations, s8 weights with
one scale an output channel. Both of its forms are measured (QOperator: QLinearConv nodes; QDQ: fused
to them when the session starts), and the ratio is taken against the faster one. The two programs
take turns, round by round, so that a busy machine disturbs both alike; the medians and the minima
over all repetitions are printed, and with --json everything is written to a file.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

WORKSPACE = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("EMBER_DATA", WORKSPACE / "../shared/data"))
# One thread each: numerical libraries read these when they are loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

try:
    import numpy as np
    import onnx
    import onnxruntime as ort
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process
except ImportError as missing:
    sys.exit(f"{missing}; run: pip install onnxruntime onnx numpy")


class Images(CalibrationDataReader):
    """Feeds float images [N, 3, H, W] to the quantiser, one by one."""

    def __init__(self, name, images):
        self.feeds = iter([{name: image[None]} for image in images])

    def get_next(self):
        return next(self.feeds, None)


def main():
    arguments = parse_arguments()
    if not arguments.model.is_file():
        sys.exit(f"{arguments.model}: no such file; give the float SqueezeNet v1.1 as ONNX, or set EMBER_DATA")
    ours = build_fast_path()
    shape, name = input_of(arguments.model)
    images = calibration_images(arguments.images, shape)
    with tempfile.TemporaryDirectory() as folder:
        sessions = {form: session(arguments.model, name, images, form, pathlib.Path(folder)) for form in ("QOperator", "QDQ")}
        times = {}
        for round_number in range(arguments.rounds):
            for form, runtime in sessions.items():
                times.setdefault(f"ONNX Runtime {form}", []).extend(time_session(runtime, name, images[0], arguments.repetitions))
            for result in time_fast_path(ours, arguments.repetitions):
                times.setdefault(f"fast path {result['path']}", []).extend(result["milliseconds"])
            print(f"round {round_number + 1} of {arguments.rounds}", file=sys.stderr)
    report(times, arguments)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = DATA / "models/squeezenet1_1.onnx"
    parser.add_argument("model", nargs="?", type=pathlib.Path, default=default, help="float SqueezeNet v1.1")
    parser.add_argument("--images", type=pathlib.Path, help="calibration images, float32 [N, 3, H, W] as .npy; default: noise")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each program (8)")
    parser.add_argument("--repetitions", type=int, default=40, help="images in a turn (40)")
    parser.add_argument("--json", type=pathlib.Path, help="write all times here")
    return parser.parse_args()


def build_fast_path():
    """Builds the example that times the fast path; returns the program."""
    command = ["cargo", "build", "--release", "-p", "net", "--example", "fast_path_latency", "--message-format=json"]
    built = subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "fast_path_latency")


def input_of(model):
    """Shape [1, 3, H, W] and name of the model's input."""
    tensor = onnx.load(model).graph.input[0]
    return [1] + [d.dim_value for d in tensor.type.tensor_type.shape.dim[1:]], tensor.name


def calibration_images(path, shape):
    if path:
        return np.load(path).astype(np.float32)
    return np.random.default_rng(1).uniform(-120, 150, [4] + shape[1:]).astype(np.float32)


def session(model, name, images, form, folder):
    """Quantises `model` into `folder` and opens it on one thread."""
    prepared, quantised = folder / "prepared.onnx", folder / f"{form}.onnx"
    if not prepared.exists():
        quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(quantised),
        Images(name, images),
        quant_format=QuantFormat[form],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    runtime = ort.InferenceSession(str(quantised), options, providers=["CPUExecutionProvider"])
    for _ in range(10):  # warm up
        runtime.run(None, {name: images[0][None]})
    return runtime


def time_session(runtime, name, image, repetitions):
    """Milliseconds of each repetition."""
    feed, times = {name: image[None]}, []
    for _ in range(repetitions):
        start = time.perf_counter()
        runtime.run(None, feed)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def time_fast_path(program, repetitions):
    """Milliseconds of each repetition for every set of vector instructions of this CPU."""
    output = subprocess.run([program, str(repetitions), "all"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output)


def report(times, arguments):
    def figures(name):
        return statistics.median(times[name]), min(times[name])

    print(f"onnxruntime {ort.__version__}, {arguments.model.name}, one image on one thread, "
          f"{arguments.rounds} rounds of {arguments.repetitions}, milliseconds")
    print(f"{'':32}{'median':>9}{'minimum':>9}")
    for name in times:
        median, minimum = figures(name)
        print(f"{name:32}{median:9.3f}{minimum:9.3f}")
    rival = min((n for n in times if n.startswith("ONNX")), key=figures)
    ours = min((n for n in times if n.startswith("fast")), key=figures)
    ratios = [theirs / own for theirs, own in zip(figures(rival), figures(ours))]
    print(f"speed of {ours} in units of {rival}: {ratios[0]:.2f} by medians, {ratios[1]:.2f} by minima")
    if arguments.json:
        summary = {"onnxruntime": ort.__version__, "ratio_median": ratios[0], "ratio_minimum": ratios[1], "milliseconds": times}
        arguments.json.write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main()
