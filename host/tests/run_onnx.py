# Runs an ONNX file of `ember export` on a picture of the network's size: prints one logit a line. Needs onnxruntime, numpy.
# python3 run_onnx.py FILE.onnx FRAME.bin HEIGHT WIDTH   (FRAME: rows of red, green, blue bytes)
import sys

import numpy
import onnxruntime

file, frame, height, width = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
pixels = numpy.fromfile(frame, dtype=numpy.uint8).reshape(height, width, 3)
image = pixels.transpose(2, 0, 1)[None].astype(numpy.float32)
session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
for logit in session.run(["logits"], {"image": image})[0][0]:
    print(float(logit))
