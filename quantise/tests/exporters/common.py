"""What the exporter scripts share: the image, and how expected results are stored.

Every script writes, beside a network `NAME.onnx` (or another flavour), the framework's own answer as
`NAME.expected.safetensors`: `image` (uint8, height x width x 3, red green blue) and `logits`
(float32, one a class, after the global average and before any softmax).
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def image(height, width, seed=1):
    """Random bytes, smoothed a little so that activations differ from place to place."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (height // 4 + 2, width // 4 + 2, 3))
    large = small.repeat(4, 0).repeat(4, 1)[:height, :width]
    return np.clip(large + rng.integers(-40, 41, large.shape), 0, 255).astype(np.uint8)


def torchvision_input(picture):
    """NCHW float32, normalised as torchvision's networks want it."""
    return ((picture.astype(np.float32) / 255 - MEAN) / DEVIATION).transpose(2, 0, 1)[None]


def caffe_input(picture):
    """NCHW float32: blue, green, red minus (104, 117, 123)."""
    bgr = picture[:, :, ::-1].astype(np.float32) - np.array([104, 117, 123], np.float32)
    return np.ascontiguousarray(bgr.transpose(2, 0, 1)[None])


def expect(name, picture, logits):
    """Stores what the framework computed."""
    logits = np.asarray(logits, np.float32).reshape(-1)
    assert np.isfinite(logits).all() and logits.std() > 1e-3 and (logits > 0).sum() > 1, (name, logits)
    path = DATA / f"{name}.expected.safetensors"
    save_file({"image": np.ascontiguousarray(picture), "logits": logits}, path)
    path.chmod(0o644)
    print(f"{name}: {[round(float(v), 4) for v in logits]}")
