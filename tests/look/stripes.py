"""Stripes in a picture: what hurts eyes with migraine most (Wilkins and others 2021; Monger and others 2015).

A grating is a row of at least four equal marks at one distance of 3 to 40 px, across a band of 32 px, whose wave at
that distance has a Michelson contrast above 0.3. Letters, single lines, wide bars and grid lines are none. To what is
shown comes the light that screen and eye scatter, 0.05 of white, as in WCAG's ratio of contrast: without it the darkest
page would have the strongest stripes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin
from operator import mul

from PIL import Image

BAND, WINDOW, HOP = 32, 192, 96  # px
SHORTEST, LONGEST = 3.0, 40.0  # px
HARMFUL = 0.3  # Michelson
# Of n equal marks n - 1 find another at their distance: four marks and more.
ALIKE = 0.7
SCATTERED = 0.05
LINEAR = [
    value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    for value in (step / 255 for step in range(256))
]


@dataclass(frozen=True, slots=True)
class Stripes:
    """The strongest grating found: its period in px, its Michelson contrast, and how its stripes stand."""

    period: float
    contrast: float
    stand: str


def stripes(picture: Image.Image) -> Stripes | None:
    """The strongest harmful grating of a picture, or None."""
    grey = picture.convert("L")
    found = [
        Stripes(period, contrast, stand)
        for stand, turned in (("upright", grey), ("lying", grey.transpose(Image.Transpose.TRANSPOSE)))
        for profile in profiles(turned)
        for window in windows(profile)
        for period, contrast in gratings(window)
    ]
    return max(found, key=lambda one: one.contrast, default=None)


def profiles(grey: Image.Image) -> Iterator[list[float]]:
    """Relative luminance along each band, averaged across it; bands overlap by half."""
    for top in range(0, max(1, grey.height - BAND + 1), BAND // 2):
        band = grey.crop((0, top, grey.width, min(top + BAND, grey.height)))
        yield [
            LINEAR[value] + SCATTERED
            for value in band.resize((grey.width, 1), Image.Resampling.BOX).tobytes()
        ]


def windows(profile: Sequence[float]) -> Iterator[list[float]]:
    last = max(0, len(profile) - WINDOW)
    for start in sorted({*range(0, last + 1, HOP), last}):
        yield list(profile[start : start + WINDOW])


def gratings(light: list[float]) -> Iterator[tuple[float, float]]:
    """Periods at which a window holds a harmful grating, each with its contrast."""
    size = len(light)
    if size < 4 * SHORTEST or max(light) - min(light) <= HARMFUL * (max(light) + min(light)) / 2:
        return
    weights = hann(size)
    whole = sum(weights)
    mean = sum(map(mul, weights, light)) / whole
    swing = [one - mean for one in light]
    weighed = list(map(mul, weights, swing))
    if 2 * sum(map(abs, weighed)) / whole / mean <= HARMFUL:
        return  # no wave is stronger than all that swings
    for period, real, imaginary in waves(size):
        contrast = 2 * (dot(weighed, real) ** 2 + dot(weighed, imaginary) ** 2) ** 0.5 / whole / mean
        if contrast > HARMFUL and repeats(swing, period) >= ALIKE:
            yield period, contrast


def repeats(swing: list[float], period: float) -> float:
    """How much of a window finds itself again one period further: 1 for an endless grating, 0 for a single mark."""
    soft = [(a + 2 * b + c) / 4 for a, b, c in zip(swing, swing[1:], swing[2:], strict=False)]
    own = dot(soft, soft)
    return max(dot(soft, soft[lag:]) for lag in {int(period), int(period + 0.5), int(period) + 1}) / own


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(mul, one, other))


@cache
def hann(size: int) -> list[float]:
    return [0.5 - 0.5 * cos(2 * pi * (place + 0.5) / size) for place in range(size)]


@cache
def waves(size: int) -> list[tuple[float, list[float], list[float]]]:
    """Period, cosine and sine of each frequency between the bounds, two steps to a bin of the window."""
    steps = range(int(2 * size / LONGEST), int(2 * size / SHORTEST) + 2)
    periods = [2 * size / step for step in steps if step]
    return [
        (
            period,
            [cos(2 * pi * place / period) for place in range(size)],
            [sin(2 * pi * place / period) for place in range(size)],
        )
        for period in periods
        if SHORTEST * 0.99 <= period <= LONGEST * 1.01
    ]
