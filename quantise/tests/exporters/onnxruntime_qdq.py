"""Quantised networks: two of torch_onnx.py's files through onnxruntime's static quantisation, in the QDQ format.

    python -m venv /tmp/torch && /tmp/torch/bin/pip install onnxruntime==1.32.0 onnx==1.23.2 safetensors==0.8.0
    /tmp/torch/bin/python quantise/tests/exporters/onnxruntime_qdq.py

Expected logits are onnxruntime's for the quantised network.
"""
import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from common import DATA, expect, image, torchvision_input

SIDE = 39


class Images(CalibrationDataReader):
    def __init__(self, name):
        self.rest = iter([{name: torchvision_input(image(SIDE, SIDE, seed))} for seed in range(1, 9)])

    def get_next(self):
        return next(self.rest, None)


def quantise(name, source, refused=False, **options):
    path, prepared = DATA / f"{name}.onnx", "/tmp/prepared.onnx"
    quant_pre_process(str(DATA / f"{source}.onnx"), prepared, skip_symbolic_shape=True)
    tensor = onnx.load(prepared).graph.input[0].name
    options.setdefault("activation_type", QuantType.QUInt8)
    quantize_static(prepared, str(path), Images(tensor), quant_format=options.pop("format", QuantFormat.QDQ),
                    weight_type=options.pop("weight_type", QuantType.QInt8), **options)
    if not refused:
        options = onnxruntime.SessionOptions()
        # the file's own arithmetic, without fusions that round otherwise
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        picture = image(SIDE, SIDE)
        expect(name, picture, session.run(None, {tensor: torchvision_input(picture)})[0])


quantise("qdq_per_channel", "torch_script_opset13", per_channel=True)
quantise("qdq_per_tensor", "torch_dynamo_opset18", per_channel=False)
quantise("qdq_signed", "torch_script_opset20", per_channel=True, activation_type=QuantType.QInt8)
quantise("qdq_dedicated_pairs", "torch_script_opset20", per_channel=True, calibrate_method=CalibrationMethod.Percentile,
         extra_options={"DedicatedQDQPair": True, "QuantizeBias": False})
quantise("qdq_symmetric", "torch_script_opset20", per_channel=True, activation_type=QuantType.QInt8, extra_options={"ActivationSymmetric": True})
quantise("qdq_uint8_weights", "torch_script_opset20", per_channel=False, weight_type=QuantType.QUInt8)
quantise("refused_qoperator", "torch_script_opset20", refused=True, format=QuantFormat.QOperator)
