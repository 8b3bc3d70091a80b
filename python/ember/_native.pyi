import os
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Generic, Literal, Optional, TypedDict, TypeVar, Union, final, overload

import numpy as np
import numpy.typing as npt
from typing_extensions import Protocol, Self, TypeAlias, Unpack

__version__: str

class _ArrayLike(Protocol):
    """What numpy makes an array of, such as Pillow's images."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...

_Path: TypeAlias = Union[str, os.PathLike[str]]
_One: TypeAlias = Union[_Path, bytes, bytearray, memoryview, _ArrayLike]
_Many: TypeAlias = Union[list[str], list[bytes], list[npt.NDArray[np.uint8]], list[Any], tuple[_One, ...]]
_Errors: TypeAlias = Literal["raise", "return"]
_Result = TypeVar("_Result", covariant=True)

class EmberError(Exception):
    """What every error of this package is."""

    results: list[Union[Classification, Exception]]

class ModelError(EmberError): ...
class DeviceError(EmberError): ...
class ImageError(EmberError): ...
class FrameError(EmberError): ...
class QuantizeError(EmberError): ...
class EvaluateError(EmberError): ...
class EndError(EmberError): ...
class CancelledError(EndError): ...
class NoDeviceLeftError(EndError): ...
class ClosedError(EndError): ...

@final
class Model:
    """A network in integers, with what turns photographs into its input and its sums into named classes."""

    @staticmethod
    def from_bytes(data: Union[bytes, bytearray], name: str = "the model") -> Model: ...
    def to_bytes(self) -> bytes: ...
    def save(self, path: _Path) -> None: ...
    @property
    def input_shape(self) -> tuple[int, int, int]: ...
    @property
    def labels(self) -> list[str]: ...
    @property
    def layout(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def origin(self) -> str: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

def load(path: Optional[_Path] = None) -> Model:
    """Load a model file; by default the embedded SqueezeNet v1.1."""

@final
class Prediction:
    """One class of a result."""

    @property
    def class_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def probability(self) -> float: ...
    def __eq__(self, other: object) -> bool: ...

@final
class Classification:
    """The result of one image: one exact sum a class, and what they mean."""

    @property
    def class_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def probability(self) -> float: ...
    @property
    def sums(self) -> npt.NDArray[np.uint32]: ...
    @property
    def logits(self) -> npt.NDArray[np.float64]: ...
    @property
    def probabilities(self) -> npt.NDArray[np.float64]: ...
    @property
    def model(self) -> Model: ...
    @property
    def image(self) -> Any: ...
    def top(self, k: int = 5) -> list[Prediction]: ...
    def _repr_html_(self) -> str: ...

@final
class Stream(Generic[_Result]):
    """An iterator of results in the order of the images."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> _Result: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None: ...

class _Share(TypedDict):
    name: str
    frames: int
    busy: float
    failure: Optional[str]

@final
class Device:
    """One or more devices with a model in them."""

    # an array of four axes gives a list, which its static type does not tell
    @overload
    def classify(self, images: npt.NDArray[np.uint8], *, errors: _Errors = "raise") -> Any: ...
    @overload
    def classify(self, images: _One, *, errors: _Errors = "raise") -> Classification: ...
    @overload
    def classify(self, images: _Many, *, errors: Literal["raise"] = "raise") -> list[Classification]: ...
    @overload
    def classify(self, images: _Many, *, errors: Literal["return"]) -> list[Union[Classification, Exception]]: ...
    @overload
    def stream(self, images: Iterable[_One], *, errors: Literal["raise"] = "raise") -> Stream[Classification]: ...
    @overload
    def stream(self, images: Iterable[_One], *, errors: Literal["return"]) -> Stream[Union[Classification, Exception]]: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    @property
    def names(self) -> str: ...
    @property
    def model(self) -> Model: ...
    @property
    def shares(self) -> list[_Share]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None: ...

def open(
    names: str = "software",
    model: Union[Model, _Path, None] = None,
    *,
    threads: Optional[int] = None,
    columns: int = 16,
    device_dir: Optional[_Path] = None,
    batch: Optional[int] = None,
    window: Optional[int] = None,
) -> Device:
    """Open devices with a model in them."""

class _Facts(TypedDict, total=False):
    normalisation: Optional[Literal["caffe", "torchvision", "bytes", "unit", "signed"]]
    mean: Optional[Sequence[float]]
    deviation: Optional[Sequence[float]]
    channel_order: Optional[Literal["rgb", "bgr"]]
    size: Optional[int]
    pools: Optional[Sequence[str]]
    classifier_padding: Optional[int]
    prototxt: Optional[_Path]

def quantize(
    network: _Path,
    images: Optional[_Path] = None,
    *,
    calibration: str = "equalise",
    headroom: Optional[float] = None,
    bias_correction: Optional[bool] = None,
    weight_bits: int = 8,
    class_names: Optional[_Path] = None,
    resize: Optional[str] = None,
    progress: Optional[Callable[[str, int, int], object]] = None,
    **facts: Unpack[_Facts],
) -> tuple[Model, dict[str, Any]]:
    """Make a model: import a float SqueezeNet, calibrate it on photographs, quantise it."""

def check(path: _Path, *, resize: Optional[str] = None, **facts: Unpack[_Facts]) -> dict[str, Any]:
    """Tell what a file holds, without building anything from it."""

def evaluate(
    images: _Path,
    labels: Optional[_Path] = None,
    *,
    model: Union[Model, _Path, None] = None,
    float_network: Optional[_Path] = None,
    sqnr_images: int = 64,
    **facts: Unpack[_Facts],
) -> dict[str, Any]:
    """Measure accuracy on labelled photographs, in integers and in float."""

def _stop_feeding() -> None: ...
