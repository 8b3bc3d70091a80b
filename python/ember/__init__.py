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
    FrameError,
    ImageError,
    Model,
    ModelError,
    NoDeviceLeftError,
    Prediction,
    Stream,
    __version__,
    _stop_feeding,
    load,
    open,
)

__all__ = [
    "CancelledError",
    "Classification",
    "ClosedError",
    "Device",
    "DeviceError",
    "EmberError",
    "EndError",
    "FrameError",
    "ImageError",
    "Model",
    "ModelError",
    "NoDeviceLeftError",
    "Prediction",
    "Stream",
    "__version__",
    "load",
    "open",
]

# the threads of streams end before the interpreter does
atexit.register(_stop_feeding)
