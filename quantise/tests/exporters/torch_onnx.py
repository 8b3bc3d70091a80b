"""Small SqueezeNets through both of PyTorch's ONNX exporters.

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.15.0 torchvision==0.29.2 \
        onnx==1.23.2 onnxscript==0.7.2 safetensors==0.8.0
    /tmp/torch/bin/python quantise/tests/exporters/torch_onnx.py

The Fire modules and the classifier are torchvision's own classes; only the channel counts are small.
"""
import warnings

import onnx
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.resnet import BasicBlock
from torchvision.models.squeezenet import Fire

from common import DATA, expect, image, torchvision_input

warnings.filterwarnings("ignore")
SIDE = 39
CLASSES = 5


class Small(nn.Module):
    """torchvision's SqueezeNet 1.1 with fewer and thinner modules; `tail`, `pool` and `norm` are variants seen in the field."""

    def __init__(self, kernel=3, tail="adaptive", pool="ceil", norm=False, softmax=False, average_map=None):
        super().__init__()
        self.tail, self.softmax, self.average_map = tail, softmax, average_map
        make_pool = {
            "ceil": lambda: [nn.MaxPool2d(3, 2, ceil_mode=True)],
            "zero_pad": lambda: [nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(3, 2)],
            "minus_infinity_pad": lambda: [nn.ConstantPad2d((0, 1, 0, 1), float("-inf")), nn.MaxPool2d(3, 2)],
        }[pool]
        stem = [nn.Conv2d(3, 8, kernel, stride=2, bias=not norm)] + ([nn.BatchNorm2d(8)] if norm else [])
        self.features = nn.Sequential(
            *stem, nn.ReLU(inplace=True), *make_pool(),
            Fire(8, 4, 6, 6), Fire(12, 4, 8, 8), *make_pool(), Fire(16, 6, 10, 10))
        self.classifier = nn.Sequential(
            nn.Dropout(p=0.5), nn.Conv2d(20, CLASSES, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1)))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, a=1)
                if module.bias is not None:
                    nn.init.uniform_(module.bias, -0.1, 0.3)
            if isinstance(module, nn.BatchNorm2d):
                for tensor, low, high in [(module.weight, 0.5, 2), (module.bias, -0.3, 0.3), (module.running_mean, -0.3, 0.3), (module.running_var, 0.4, 3)]:
                    nn.init.uniform_(tensor, low, high)
        nn.init.uniform_(self.classifier[1].bias, 0.2, 0.8)

    def forward(self, x):
        x = self.features(x)
        if self.tail == "adaptive":
            x = torch.flatten(self.classifier(x), 1)
        else:
            x = self.classifier[:3](x)
            if self.tail == "mean":
                x = x.mean([2, 3])
            elif self.tail == "mean_keep_squeeze":
                x = x.mean([2, 3], keepdim=True).squeeze(3).squeeze(2)
            elif self.tail == "average_pool_reshape":
                x = F.avg_pool2d(x, self.average_map)
                x = x.view(x.size(0), -1)
            elif self.tail == "adaptive_reshape_by_size":
                x = F.adaptive_avg_pool2d(x, 1)
                x = x.reshape(x.shape[0], x.shape[1])
        return x.softmax(1) if self.softmax else x


class SmallResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True))
        self.block, self.fc = BasicBlock(8, 8), nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.fc(F.adaptive_avg_pool2d(self.block(self.stem(x)), 1).flatten(1))


class SmallMobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), InvertedResidual(8, 8, 1, 2))
        self.fc = nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.fc(self.features(x).mean([2, 3]))


class TwoOutputs(Small):
    def forward(self, x):
        x = self.features(x)
        return torch.flatten(self.classifier(x), 1), x


def make(seed, cls=Small, **options):
    torch.manual_seed(seed)
    return cls(**options).eval()


def logits(model, picture):
    inner = model.softmax if isinstance(model, Small) else False
    if inner:
        model.softmax = False
    with torch.no_grad():
        result = model(torch.from_numpy(torchvision_input(picture))).numpy()
    if inner:
        model.softmax = True
    return result


def export(name, model, *, dynamo, opset, dtype=torch.float32, refused=False, side=SIDE, **options):
    """Exports `model` and stores torch's own float32 logits."""
    picture = image(side, side)
    if not refused:
        expect(name, picture, logits(model, picture))
    model = model.to(dtype)
    example = torch.zeros(1, 3, side, side, dtype=dtype)
    if dynamo:
        options.setdefault("external_data", False)
        options.setdefault("verbose", False)
    path = DATA / f"{name}.onnx"
    torch.onnx.export(model, (example,), str(path), dynamo=dynamo, opset_version=opset, **options)
    # the new exporter notes stack traces with the paths of this machine on every node: the only thing changed here
    written = onnx.load(path, load_external_data=False)
    for node in written.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.save(written, path)


def main():
    DATA.mkdir(exist_ok=True)
    export("torch_dynamo_opset18", make(1), dynamo=True, opset=18)
    export("torch_dynamo_newest", make(2, kernel=7, softmax=True), dynamo=True, opset=25)
    export("torch_dynamo_external", make(3), dynamo=True, opset=20, external_data=True)
    export("torch_dynamo_plain", make(4, norm=True, tail="mean"), dynamo=True, opset=18, optimize=False)
    export("torch_dynamo_pad", make(5, pool="zero_pad", tail="adaptive_reshape_by_size"), dynamo=True, opset=21)
    export("torch_dynamo_dynamic", make(6, tail="adaptive_reshape_by_size"), dynamo=True, opset=18,
           dynamic_shapes=({0: torch.export.Dim("batch"), 2: torch.export.Dim("height", min=32, max=512), 3: torch.export.Dim("width", min=32, max=512)},))
    export("torch_script_opset11", make(7), dynamo=False, opset=11)
    export("torch_script_opset13", make(8, tail="mean", kernel=7), dynamo=False, opset=13)
    export("torch_script_opset17", make(9, tail="mean_keep_squeeze", softmax=True), dynamo=False, opset=17)
    export("torch_script_opset20", make(10, tail="average_pool_reshape", average_map=4), dynamo=False, opset=20)
    export("torch_script_pad", make(11, pool="minus_infinity_pad"), dynamo=False, opset=11, do_constant_folding=False)
    export("torch_script_norm", make(12, norm=True), dynamo=False, opset=17, training=torch.onnx.TrainingMode.PRESERVE,
           do_constant_folding=False)
    export("torch_script_dynamic", make(13, tail="adaptive_reshape_by_size"), dynamo=False, opset=16, input_names=["image"],
           dynamic_axes={"image": {0: "batch", 2: "height", 3: "width"}})
    export("torch_script_weights_as_inputs", make(14), dynamo=False, opset=11, keep_initializers_as_inputs=True)
    export("torch_script_double", make(15), dynamo=False, opset=13, dtype=torch.float64)
    half = make(16)
    half.load_state_dict({k: v.half().float() for k, v in half.state_dict().items()})
    export("torch_script_half", half, dynamo=False, opset=13, dtype=torch.float16)
    # networks that are something else
    export("refused_resnet", make(20, SmallResNet), dynamo=True, opset=18, refused=True)
    export("refused_mobilenet", make(21, SmallMobileNet), dynamo=False, opset=17, refused=True)
    export("refused_two_outputs", make(22, TwoOutputs), dynamo=True, opset=18, refused=True)


main()
