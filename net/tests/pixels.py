# Writes tests/data/pixels: a picture, and what the frameworks make of it (Pillow 11.3, which is torchvision's and Keras's resizer
# for images; from Pillow 13 on, columns or rows come first as is cheaper, and a cubic's overshoot at hard edges is cut
# elsewhere; OpenCV 4; DIGITS's half_crop after digits/utils/image.py, without its noise). Run in net/tests:
#   pip install pillow==11.3.0 numpy opencv-python-headless && python3 pixels.py
import cv2
import numpy as np
from PIL import Image, ImageOps

SIZE, CROP = 64, 56
OUT = "data/pixels/"
random = np.random.default_rng(11)


def picture(width, height):
    """Shapes, gradients and hard edges, as photographs have them."""
    small = random.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize((width, height), Image.BICUBIC)
    pixels = np.asarray(image).copy()
    pixels[height // 3 : height // 2, width // 4 : width // 2] = (255, 0, 40)
    pixels[: height // 6, : width // 3] = random.integers(0, 256, (height // 6, width // 3, 3))
    return Image.fromarray(pixels)


def centre(image):
    """torchvision's CenterCrop, on a Pillow image."""
    top, left = int(round((image.height - CROP) / 2.0)), int(round((image.width - CROP) / 2.0))
    return image.crop((left, top, left + CROP, top + CROP))


def shorter_side(image, filter):
    """torchvision's Resize(SIZE), on a Pillow image."""
    short, long = min(image.size), max(image.size)
    other = int(SIZE * long / short)
    size = (SIZE, other) if image.width <= image.height else (other, SIZE)
    return centre(image.resize(size, filter))


def half_crop(image):
    away = lambda x: int(np.floor(x + 0.5))  # Python 2's round
    across, down = image.width / SIZE, image.height / SIZE
    ratio = (across + down) / 2.0
    width, height = away(image.width / ratio), away(image.height / ratio)
    if across > down and (SIZE - height) % 2 == 1:
        height += 1
    elif across < down and (SIZE - width) % 2 == 1:
        width += 1
    pixels = np.asarray(image.resize((width, height), Image.BILINEAR))
    if across > down:
        start = away((width - SIZE) / 2.0)
        pixels = pixels[:, start : start + SIZE]
        border = (SIZE - height) // 2
        pixels = np.pad(pixels, ((border, border), (0, 0), (0, 0)))
    else:
        start = away((height - SIZE) / 2.0)
        pixels = pixels[start : start + SIZE]
        border = (SIZE - width) // 2
        pixels = np.pad(pixels, ((0, 0), (border, border), (0, 0)))
    return centre(Image.fromarray(pixels))


def opencv(image, size):
    return Image.fromarray(cv2.resize(np.asarray(image), (size, size), interpolation=cv2.INTER_LINEAR))


for shape, image in [("wide", picture(211, 97)), ("tall", picture(60, 133)), ("small", picture(40, 31))]:
    image.save(f"{OUT}{shape}.png")
    made = {
        "squash_64": centre(image.resize((SIZE, SIZE), Image.BILINEAR)),
        "squash_64_bicubic": centre(image.resize((SIZE, SIZE), Image.BICUBIC)),
        "squash_64_bilinear": centre(opencv(image, SIZE)),
        "shorter-side_64": shorter_side(image, Image.BILINEAR),
        "shorter-side_64_bicubic": shorter_side(image, Image.BICUBIC),
        "direct_nearest": image.resize((CROP, CROP), Image.NEAREST),
        "direct_bilinear": opencv(image, CROP),
        "half-crop_64": half_crop(image),
        "fit": ImageOps.pad(image, (CROP, CROP), Image.BILINEAR, color=(0, 0, 0)),
        "fit_64_bicubic": centre(ImageOps.pad(image, (SIZE, SIZE), Image.BICUBIC, color=(0, 0, 0))),
    }
    for name, result in made.items():
        assert result.size == (CROP, CROP), name
        result.save(f"{OUT}{shape}.{name}.png")
