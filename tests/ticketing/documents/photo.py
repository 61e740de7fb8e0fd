"""Pictures as a hand-held phone takes them: tilted, out of focus, noisy, in uneven light; the same for a seed."""

import numpy as np
from PIL import Image, ImageFilter
from PIL.Image import Image as Picture
from PIL.Image import Resampling, Transform

BORDER = 0.12
"""How far a corner may wander, as a share of the side."""


def photo(sheet: Picture, *, seed: int, side: int = 480, blur: float = 1.2, noise: float = 14.0) -> Picture:
    """Return a grey picture `side` pixels wide of what lies on a table. `blur` in pixels, `noise` in grey levels."""
    random = np.random.default_rng(seed)
    table = Image.new("L", (side, round(side * sheet.height / sheet.width)), 120)
    corners = _corners(table.width, table.height, random)
    flat = sheet.convert("L").resize(table.size, Resampling.LANCZOS)
    tilted = flat.transform(table.size, Transform.PERSPECTIVE, _coefficients(corners, flat.size), Resampling.BICUBIC)
    lit = np.asarray(tilted.filter(ImageFilter.GaussianBlur(blur)), dtype=float) * _light(table.size, random)
    grey = np.clip(lit + random.normal(0, noise, lit.shape), 0, 255)
    return Image.fromarray(grey.astype(np.uint8))


def _corners(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    """Return where the corners of the sheet appear: somewhat inside the picture, each by itself."""
    square = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=float)
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    return square + inward * random.uniform(0, BORDER, (4, 2)) * (width, height)


def _coefficients(corners: np.ndarray, size: tuple[int, int]) -> tuple[float, ...]:
    """Solve for the eight numbers that take a point of the picture back to the flat sheet."""
    width, height = size
    flat = [(0, 0), (width, 0), (width, height), (0, height)]
    rows = []
    for (x, y), (u, v) in zip(corners, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return tuple(np.linalg.solve(np.array(rows), np.array(flat, dtype=float).ravel()))


def _light(size: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """Return how bright each place is: a lamp on one side, the shadow of a hand on the other."""
    width, height = size
    angle = random.uniform(0, 2 * np.pi)
    across = np.linspace(-1, 1, width)[None, :] * np.cos(angle) + np.linspace(-1, 1, height)[:, None] * np.sin(angle)
    light: np.ndarray = 0.72 + 0.25 * across
    return light
