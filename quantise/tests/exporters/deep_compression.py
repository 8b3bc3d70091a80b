"""A small Deep Compression file: the layers of caffe_deploy, pruned and given codebooks.

    python3 quantise/tests/exporters/deep_compression.py      (numpy 2.4.6 and safetensors 0.8.0; no Caffe)

The authors never published their encoder; this writes what their decoder (`decode.py` of
songhan/SqueezeNet-Deep-Compression) reads, from the description of that decoder. Their own file is tested too, where
the folder of test data is present. There is no framework's answer for it, so the test compares weights.
"""
import pathlib
import re

import numpy as np
from safetensors.numpy import save_file

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
text = (DATA / "caffe_deploy.prototxt").read_text()
channels, shapes = {"data": 3}, []
for block in text.split("layer {")[1:]:
    field = lambda name: re.findall(rf'\b{name}: "?([\w/]+)', block)
    name, kind, bottoms, top = field("name")[0], field("type")[0], field("bottom"), field("top")[0]
    inputs = sum(channels[b] for b in bottoms)
    channels[top] = int(field("num_output")[0]) if kind == "Convolution" else inputs
    if kind == "Convolution":
        kernel = int(field("kernel_size")[0])
        shapes.append((name, (channels[top], inputs, kernel, kernel)))

rng = np.random.default_rng(3)
counts, layers, expected = [], [], {}
for name, shape in shapes:
    size = int(np.prod(shape))
    codebook = np.concatenate([[0], rng.normal(0, 0.3, 255)]).astype("<f4")
    bias = rng.uniform(-0.2, 0.5, shape[0]).astype("<f4")
    codes = np.where(rng.random(size) < 0.3, rng.integers(1, 256, size), 0)
    if size > 40:
        codes[5:40] = 0  # a run of zeros longer than the four bits of a gap: filled with entries of code 0
    entries, last = [], -1
    for place in np.flatnonzero(codes):
        while place - last > 16:
            last += 16
            entries.append((15, 0))
        entries.append((place - last - 1, codes[place]))
        last = place
    gaps = np.array([g for g, _ in entries] + [0] * (len(entries) % 2), np.uint8)
    counts.append(len(entries))
    layers += [codebook.tobytes(), bias.tobytes(), bytes(int(c) for _, c in entries), (gaps[0::2] | gaps[1::2] << 4).tobytes()]
    expected[f"{name}.weight"] = codebook[codes].reshape(shape)
    expected[f"{name}.bias"] = bias
(DATA / "deep_compression_small.net").write_bytes(np.array(counts, "<u4").tobytes() + b"".join(layers))
(DATA / "deep_compression_small.prototxt").write_text(text)
save_file(expected, DATA / "deep_compression_small.weights.safetensors")
