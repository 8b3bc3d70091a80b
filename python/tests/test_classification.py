"""Results, in numbers and as notebooks show them."""

import base64
import html.parser
import pathlib
import re

import numpy as np
import pytest

import ember


class Page(html.parser.HTMLParser):
    """Tags and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.images: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, "str | None"]]) -> None:
        self.tags.append(tag)
        self.images += [value or "" for name, value in attrs if name == "src"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def coffee(device: ember.Device, photographs: list[pathlib.Path]) -> ember.Classification:
    return device.classify(next(path for path in photographs if path.stem == "coffee"))


def test_numbers(coffee: ember.Classification) -> None:
    assert (coffee.class_id, coffee.name) == (967, "espresso") and 0.99 < coffee.probability <= 1
    assert coffee.sums.dtype == np.uint32 and coffee.sums.shape == (1000,)
    assert coffee.logits.dtype == coffee.probabilities.dtype == np.float64
    assert coffee.probabilities.sum() == pytest.approx(1)
    top = coffee.top(3)
    assert [p.class_id for p in top] == np.argsort(-coffee.probabilities, kind="stable")[:3].tolist()
    assert top[0] == coffee.top(1)[0] and top[0] != top[1]
    assert re.fullmatch(r"Prediction\(class_id=967, name='espresso', probability=0\.\d+\)", repr(top[0]))
    assert coffee.top(0) == [] and len(coffee.top(5000)) == 1000
    assert coffee.model == ember.load()
    # a copy: nobody changes a result
    coffee.sums[0] += 1
    assert coffee.sums[0] != coffee.sums[0] + 1


def test_repr_is_a_table(coffee: ember.Classification) -> None:
    lines = repr(coffee).splitlines()
    assert lines[0] == "Classification" and len(lines) == 6
    assert lines[1] == f"1. {'espresso':40} {100 * coffee.probability:6.2f} %"


def test_a_notebook_shows_image_and_bars(coffee: ember.Classification, device: ember.Device) -> None:
    page = Page(coffee._repr_html_())
    assert "espresso" in page.texts and page.tags.count("tr") == 5
    (address,) = page.images
    assert address.startswith("data:image/jpeg;base64,")
    small = base64.b64decode(address.split(",")[1])
    assert small.startswith(b"\xff\xd8") and small.endswith(b"\xff\xd9") and len(small) < 20_000
    # the thumbnail is an image, of what was classified
    assert device.classify(small).name == "espresso"
    array = device.classify(np.zeros((300, 200, 3), np.uint8))
    assert len(Page(array._repr_html_()).images) == 1
    (streamed,) = device.stream([np.zeros((300, 200, 3), np.uint8)])
    assert Page(streamed._repr_html_()).images == []


def test_an_image_that_has_gone_is_not_shown(device: ember.Device, photographs: list[pathlib.Path], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "photograph"
    path.write_bytes(photographs[0].read_bytes())
    result = device.classify(path)
    path.unlink()
    assert Page(result._repr_html_()).images == []
