"""Models: files, bytes, pickles."""

import copy
import pathlib
import pickle

import pytest

import ember


def test_the_embedded_model() -> None:
    model = ember.load()
    assert model.input_shape == (227, 227, 3)
    assert len(model.labels) == 1000 and model.labels[967] == "espresso"
    assert model.layout == "v1.1" and len(model.sha256) == 64 and model.origin
    assert repr(model) == f"<ember.Model v1.1, 227x227 pixels, 1000 classes, SHA-256 {model.sha256[:12]}...>"


def test_a_model_is_its_bytes(tmp_path: pathlib.Path) -> None:
    model, other = ember.load(), ember.load("v1.1-6bit")
    path = tmp_path / "own.ember"
    model.save(path)
    copies = [
        ember.load(path),
        ember.load(str(path)),
        ember.Model.from_bytes(path.read_bytes()),
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
    ]
    assert path.read_bytes() == model.to_bytes()
    for again in copies:
        assert again == model and hash(again) == hash(model) and again.sha256 == model.sha256
        assert again != other and again.to_bytes() == model.to_bytes()
    assert model != 3
    with ember.open("software", path) as device:
        assert device.model == model


def test_files_that_are_no_models(tmp_path: pathlib.Path) -> None:
    cut = tmp_path / "cut.ember"
    cut.write_bytes(ember.load().to_bytes()[:-1])
    for path, says in [(tmp_path / "missing.ember", "the model cannot be read"), (cut, "damaged or cut short")]:
        with pytest.raises(ember.ModelError, match=says) as caught:
            ember.load(path)
        assert str(path) in str(caught.value) and isinstance(caught.value, ember.EmberError)
    with pytest.raises(ember.ModelError, match="^upload: this is not an Ember model file"):
        ember.Model.from_bytes(b"text", name="upload")
    with pytest.raises(ember.ModelError, match="cannot be written"):
        ember.load().save(tmp_path / "missing" / "own.ember")
