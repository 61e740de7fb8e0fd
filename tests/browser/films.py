"""Films of tickets for the camera of a browser: MJPEG, as a phone in a hand at a door sees them. Seeded."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from PIL import Image, ImageFilter

from app.ticketing.documents.qr import matrix

SIZE = (640, 480)
RATE = 30
"""Pictures a second: what Chromium plays an MJPEG at."""
QUIET = 4
GREY = 106


class Shot(Struct, frozen=True):
    """How a ticket is seen.

    Side of the symbol in pixels, turn in degrees, tilt as a share of the side, blur as a radius in pixels, motion in
    pixels to either side, noise as a standard deviation of 255, light from dim 0.4 to full 1.
    """

    side: int = 260
    turn: float = 0.0
    tilt: float = 0.0
    blur: float = 0.0
    motion: int = 0
    noise: float = 0.0
    light: float = 1.0
    at: tuple[float, float] = (0.5, 0.5)
    """Where its middle is, as shares of the picture."""


def hard(dice: np.random.Generator) -> Shot:
    """A hurried hand: small, turned, tilted, blurred, dim and noisy."""
    return Shot(
        side=int(dice.integers(150, 200)),
        turn=float(dice.uniform(-25, 25)),
        tilt=float(dice.uniform(0, 0.1)),
        blur=float(dice.uniform(0.7, 1.2)),
        motion=int(dice.integers(0, 3)),
        noise=float(dice.uniform(3, 10)),
        light=float(dice.uniform(0.35, 1)),
        at=(float(dice.uniform(0.3, 0.7)), float(dice.uniform(0.35, 0.65))),
    )


def picture(code: str | None, shot: Shot, dice: np.random.Generator) -> Image.Image:
    """Return what the camera sees: a ticket, or nobody (None)."""
    scene = Image.new("L", SIZE, GREY)
    if code is not None:
        paper = _paper(code, shot.side, shot.turn, shot.tilt)
        x, y = (int(size * share - part / 2) for size, share, part in zip(SIZE, shot.at, paper.size, strict=True))
        scene.paste(paper.convert("L"), (x, y), paper.getchannel("A"))
    return _lens(scene, shot, dice)


@lru_cache(maxsize=4)
def _paper(code: str, side: int, turn: float, tilt: float) -> Image.Image:
    modules = np.pad(~np.array(matrix(code), dtype=bool), QUIET, constant_values=True).astype(np.uint8) * 255
    whole = round(side * modules.shape[0] / (modules.shape[0] - 2 * QUIET)) * 2
    flat = Image.fromarray(modules).resize((whole, whole), Image.Resampling.NEAREST).convert("RGBA")
    seen = flat.transform(flat.size, Image.Transform.PERSPECTIVE, _tilted(whole, tilt), Image.Resampling.BICUBIC)
    turned = seen.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    return turned.resize((turned.width // 2, turned.height // 2), Image.Resampling.LANCZOS)


def _tilted(side: int, tilt: float) -> list[float]:
    """Return how a square is seen whose upper edge leans away: the coefficients that Pillow maps pictures by."""
    inward = side * tilt
    there = [(inward, inward), (side - inward, inward), (side, side), (0, side)]
    here = [(0, 0), (side, 0), (side, side), (0, side)]
    rows, values = [], []
    for (x, y), (u, v) in zip(there, here, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    found: list[float] = np.linalg.solve(np.array(rows, dtype=float), np.array(values, dtype=float)).tolist()
    return found


@lru_cache(maxsize=1)
def _grain() -> "np.ndarray[Any, np.dtype[np.float32]]":
    """Noise of a standard deviation of 1, drawn once: a new stretch of it for every picture."""
    return np.random.default_rng(7).standard_normal(SIZE[0] * SIZE[1] * 2).astype(np.float32)


def _lens(scene: Image.Image, shot: Shot, dice: np.random.Generator) -> Image.Image:
    if shot.blur:
        scene = scene.filter(ImageFilter.GaussianBlur(shot.blur))
    if shot.motion:
        scene = scene.filter(ImageFilter.BoxBlur((shot.motion, 0)))
    seen = np.asarray(scene, dtype=np.float32)
    shade = np.linspace(shot.light, min(1.0, shot.light + 0.2), SIZE[0], dtype=np.float32)[None, :]
    grain = np.zeros(seen.shape, dtype=np.float32)
    if shot.noise:
        start = int(dice.integers(0, seen.size))
        grain = _grain()[start : start + seen.size].reshape(seen.shape) * np.float32(shot.noise)
    return Image.fromarray(np.clip(seen * shade + grain, 0, 255).astype(np.uint8))


def write(path: Path, pictures: Iterable[Image.Image]) -> Path:
    """Write a film; JPEG of the quality that a phone's preview has."""
    with path.open("wb") as file:
        for one in pictures:
            kept = BytesIO()
            one.convert("RGB").save(kept, "JPEG", quality=70)
            file.write(kept.getvalue())
    return path


def stills(codes: Sequence[str], shots: Sequence[Shot], *, seconds: float, seed: int) -> Iterator[Image.Image]:
    """Show one ticket after the other, each as one still picture for so long, with nobody for as long between them."""
    dice = np.random.default_rng(seed)
    nobody = picture(None, Shot(), dice)
    for code, shot in zip(codes, shots, strict=True):
        yield from [picture(code, shot, dice)] * round(seconds * RATE)
        yield from [nobody] * round(seconds * RATE / 2)


def queue(codes: Sequence[str], *, apart: float, seed: int) -> Iterator[Image.Image]:
    """People in a queue hold their tickets in front of the camera, `apart` seconds from one to the next.

    Each moves in, holds still for a little less than half of the time, unsteadily, and moves out.
    """
    dice = np.random.default_rng(seed)
    shown = 0
    for number, code in enumerate(codes, 1):
        until = round(number * apart * RATE)
        frames = until - shown
        base = Shot(side=int(dice.integers(190, 260)), turn=float(dice.uniform(-15, 15)), noise=4, blur=0.7)
        for n in range(frames):
            yield _passing(code, base, n / frames, dice)
        shown = until


def _passing(code: str, base: Shot, share: float, dice: np.random.Generator) -> Image.Image:
    still = 0.25 <= share <= 0.7
    away = 0.0 if still else (0.25 - share if share < 0.25 else share - 0.7) * 1.6
    shot = Shot(
        side=base.side,
        turn=base.turn,
        blur=base.blur + (0.0 if still else 1.5),
        motion=1 if still else 9,
        noise=base.noise,
        at=(0.5 + float(dice.uniform(-0.004, 0.004)), 0.5 + away),
    )
    return picture(code, shot, dice)
