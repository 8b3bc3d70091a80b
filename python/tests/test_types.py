"""The stubs name what there is."""

import ast
import pathlib

import ember
from ember import _native


def test_the_stubs_have_every_name() -> None:
    stub = ast.parse((pathlib.Path(ember.__file__).parent / "_native.pyi").read_text())
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    for name in dir(_native):
        thing = getattr(_native, name)
        if name.startswith("__") or not callable(thing):
            continue
        assert thing.__doc__, name
        if isinstance(thing, type):
            stubbed = {node.name for node in classes[name].body if isinstance(node, ast.FunctionDef)}
            for member, value in vars(thing).items():
                if not member.startswith("__"):
                    assert member in stubbed, f"{name}.{member}"
                    assert value.__doc__ or member.startswith("_"), f"{name}.{member}"
        else:
            assert name in functions, name
    assert set(ember.__all__) <= set(dir(ember))
