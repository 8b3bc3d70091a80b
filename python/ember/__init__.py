"""SqueezeNet on FPGAs, in simulation or in software.

>>> import ember
>>> device = ember.open("software")
>>> device.classify("../net/assets/images/coffee.png").name
'espresso'
"""

import atexit

from ._native import (
    CancelledError,
    Classification,
    ClosedError,
    Device,
    DeviceError,
    EmberError,
    EndError,
    EvaluateError,
    FrameError,
    ImageError,
    Model,
    ModelError,
    NoDeviceLeftError,
    Prediction,
    QuantizeError,
    Stream,
    __version__,
    _stop_feeding,
    check,
    evaluate,
    load,
    open,
    quantize,
)

__all__ = [
    "CancelledError",
    "Classification",
    "ClosedError",
    "Device",
    "DeviceError",
    "EmberError",
    "EndError",
    "EvaluateError",
    "FrameError",
    "ImageError",
    "Model",
    "ModelError",
    "NoDeviceLeftError",
    "Prediction",
    "QuantizeError",
    "Stream",
    "__version__",
    "check",
    "evaluate",
    "load",
    "open",
    "quantize",
]

# the threads of streams end before the interpreter does
atexit.register(_stop_feeding)
