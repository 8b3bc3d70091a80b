#!/usr/bin/env python3
"""Compares decode and resize with Pillow and torchvision's transforms: JPEGs of 500x375, one thread each, one run.

    pip install pillow numpy            (torch and torchvision too, for their own transforms)
    python3 net/benches/pillow.py [FOLDER ...] [--json FILE]

The files are made from the shipped photographs and those in FOLDER (default: $EMBER_DATA/images/photo, and without that
variable ../shared/data beside the workspace): resized to 500x375 and written as JPEG by Pillow, once for each --qualities.

Ours: bytes in memory to the network's input, 227x227x3 bytes, upright (mean and deviation are in the weights).
Theirs: Image.open, convert("RGB"), Resize((256, 256)), CenterCrop(227), ToTensor, Normalize. With torchvision installed its
own transforms run; without it the same steps as torchvision takes on a PIL image: Image.resize (bilinear), Image.crop,
then in NumPy HWC to CHW, float32, over 255, minus mean, over deviation. The tensor part is also timed alone, and a second
ratio leaves it out: decode and resize alone on both sides.

The two programs take turns, round by round, so that a busy machine disturbs both alike. Each step's figure is the mean over
images of that image's median, and of its minimum, over all rounds; "all" is their sum. The ratio by minima is the steadier one.
"""

import argparse
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

WORKSPACE = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("EMBER_DATA", WORKSPACE / "../shared/data"))
SIZE = (500, 375)
# One thread each: numerical libraries read these when they are loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

try:
    import numpy as np
    import PIL
    from PIL import Image, features
except ImportError as missing:
    sys.exit(f"{missing}; run: pip install pillow numpy")

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def main():
    arguments = parse_arguments()
    ours = build()
    tensor, peer = tensor_step()
    photographs = find_photographs(arguments)
    print(f"{len(photographs)} photographs at {SIZE[0]}x{SIZE[1]}, {arguments.rounds} rounds, one thread each")
    print(f"theirs: {peer}, libjpeg-turbo {features.version('libjpeg_turbo')}")
    print(f"{'':14}{'ours, ms':>28}{'theirs, ms':>38}{'ratio':>10}")
    print(f"{'quality':8}{'kB':>6}{'decode':>10}{'resize':>9}{'all':>9}{'decode':>10}{'resize':>9}{'tensor':>9}{'all':>10}"
          f"{'all':>10}{'no tensor':>11}")
    results = [compare(ours, tensor, photographs, quality, arguments) for quality in arguments.qualities]
    if arguments.json:
        arguments.json.write_text(json.dumps({"peer": peer, "size": SIZE, "results": results}, indent=1) + "\n")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, help="folders of photographs")
    parser.add_argument("--qualities", type=int, nargs="+", default=[75, 90, 95], help="of the JPEGs (75 90 95)")
    parser.add_argument("--photographs", type=int, default=60, help="most photographs (60)")
    parser.add_argument("--rounds", type=int, default=12, help="turns of each program (12)")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures here")
    return parser.parse_args()


def build():
    """Builds our program; returns its path."""
    command = ["cargo", "build", "--release", "-p", "net", "--example", "decode_speed", "--message-format=json"]
    built = subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "decode_speed")


def tensor_step():
    """(resize, crop, tensor) functions of the peer, and its name."""
    name = f"Pillow {PIL.__version__}"
    try:
        import torch
        import torchvision
        from torchvision import transforms
    except ImportError:
        mean, deviation = (np.array(v, np.float32)[:, None, None] for v in (MEAN, DEVIATION))

        def resize(image):
            return image.resize((256, 256), Image.BILINEAR).crop((14, 14, 241, 241))

        def tensor(image):
            values = np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1)).astype(np.float32)
            values /= 255
            values -= mean
            values /= deviation
            return values

        return (resize, tensor), f"{name} with the steps of torchvision's transforms in NumPy {np.__version__}"
    torch.set_num_threads(1)
    resize = transforms.Compose([transforms.Resize((256, 256)), transforms.CenterCrop(227)])
    tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)])
    return (resize, tensor), f"{name} with torchvision {torchvision.__version__} (torch {torch.__version__})"


def find_photographs(arguments):
    folders = [WORKSPACE / "net/assets/images"] + (arguments.folders or [DATA / "images/photo"])
    paths = [p for folder in folders if folder.is_dir() for p in sorted(folder.iterdir()) if p.suffix in (".jpg", ".png")]
    return [Image.open(path).convert("RGB").resize(SIZE, Image.LANCZOS) for path in paths[: arguments.photographs]]


def compare(ours, transforms, photographs, quality, arguments):
    """Times both programs in turn and prints one line."""
    encoded = []
    for photograph in photographs:
        buffer = io.BytesIO()
        photograph.save(buffer, "JPEG", quality=quality)
        encoded.append(buffer.getvalue())
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder) / f"{i}.jpg" for i in range(len(encoded))]
        for file, content in zip(files, encoded):
            file.write_bytes(content)
        times = {}
        for _ in range(arguments.rounds):
            output = subprocess.run([ours, "1", *files], check=True, stdout=subprocess.PIPE, text=True).stdout
            for step, values in json.loads(output).items():
                times.setdefault(("ours", step), []).append(values)
            for step, values in time_peer(encoded, transforms).items():
                times.setdefault(("theirs", step), []).append(values)
    times = {key: np.array(values) for key, values in times.items()}  # [round, image]
    kilobytes = sum(map(len, encoded)) / len(encoded) / 1000
    result = {"quality": quality, "kilobytes": kilobytes}
    for label, best in (("median", np.median), ("minimum", np.min)):
        mean = {key: float(best(values, axis=0).mean()) for key, values in times.items()}
        for side in ("ours", "theirs"):
            mean[side, "all"] = sum(value for (who, _), value in mean.items() if who == side)
        ratio = mean["theirs", "all"] / mean["ours", "all"]
        without = ratio - mean["theirs", "tensor"] / mean["ours", "all"]
        print(f"{quality:<8}{kilobytes:6.0f}" + "".join(f"{mean['ours', s]:{w}.3f}" for s, w in (("decode", 10), ("resize", 9), ("all", 9)))
              + "".join(f"{mean['theirs', s]:{w}.3f}" for s, w in (("decode", 10), ("resize", 9), ("tensor", 9), ("all", 10)))
              + f"{ratio:10.2f}{without:11.2f}  by {label}")
        result[label] = {f"{who} {step}": value for (who, step), value in mean.items()} | {"ratio": ratio, "ratio without tensor": without}
    return result


def time_peer(encoded, transforms):
    """Milliseconds of each step for every image."""
    resize, tensor = transforms
    times = {"decode": [], "resize": [], "tensor": []}
    for content in encoded:
        start = time.perf_counter()
        image = Image.open(io.BytesIO(content)).convert("RGB")
        decoded = time.perf_counter()
        image = resize(image)
        resized = time.perf_counter()
        tensor(image)
        end = time.perf_counter()
        for step, seconds in (("decode", decoded - start), ("resize", resized - decoded), ("tensor", end - resized)):
            times[step].append(seconds * 1e3)
    return times


if __name__ == "__main__":
    main()
