"""The detector of stripes finds gratings and leaves everything else alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from tests.look.stripes import HARMFUL, LINEAR, SCATTERED, stripes

LIGHT, DIM = ((250, 248, 243), (47, 122, 108)), ((27, 25, 22), (98, 140, 128))


def picture(size: tuple[int, int] = (320, 64), ground: int | tuple[int, ...] = 245) -> Image.Image:
    return Image.new("RGB", size, (ground,) * 3 if isinstance(ground, int) else ground)


def barred(
    period: float, *, ground: object, bar: object, width: float | None = None, marks: int = 99
) -> Image.Image:
    """Upright bars, a period apart."""
    image = picture(ground=ground)  # type: ignore[arg-type]
    draw = ImageDraw.Draw(image)
    for number in range(marks):
        left = 10 + number * period
        draw.rectangle((round(left), 0, round(left + (width or period / 2)) - 1, 120), fill=bar)  # type: ignore[arg-type]
    return image


@settings(max_examples=12)
@given(period=st.integers(3, 40), lying=st.booleans(), theme=st.sampled_from([LIGHT, DIM]))
def test_every_grating_of_three_to_forty_pixels_is_found(period: int, lying: bool, theme: object) -> None:
    ground, bar = theme  # type: ignore[misc]
    image = barred(period, ground=ground, bar=bar, width=max(1, period // 2))
    if lying:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    found = stripes(image)
    assert found is not None
    assert found.stand == ("lying" if lying else "upright")
    assert found.period == pytest.approx(period, rel=0.1)
    assert found.contrast > HARMFUL


def test_eighty_four_days_as_bars_across_a_wide_chart_are_the_worst_case() -> None:
    image = picture((1000, 160))
    draw = ImageDraw.Draw(image)
    for day in range(84):
        high = 20 + 20 * (day * 5 % 7)
        draw.rectangle((day * 1000 / 84, 160 - high, (day + 0.6) * 1000 / 84, 160), fill=(47, 122, 108))
    found = stripes(image)
    assert found is not None
    assert found.period == pytest.approx(1000 / 84, rel=0.05)


def level(luminance: float) -> int:
    """The grey of a relative luminance."""
    return min(range(256), key=lambda step: abs(LINEAR[step] - luminance))


@pytest.mark.parametrize(("contrast", "harmful"), [(0.12, False), (0.2, False), (0.32, True), (0.5, True)])
def test_the_bar_is_the_contrast_of_the_wave(contrast: float, harmful: bool) -> None:
    """A square wave of Michelson contrast c has a wave of 4 / pi times c."""
    ground, bar = (level(0.5 * (1 + sign * contrast) - SCATTERED) for sign in (1, -1))
    assert (stripes(barred(12, ground=ground, bar=(bar,) * 3)) is not None) == harmful


@pytest.mark.parametrize(
    "image",
    [
        picture(),
        barred(20, ground=LIGHT[0], bar=LIGHT[1], marks=1),
        barred(20, ground=DIM[0], bar=DIM[1], marks=1),
        barred(20, ground=DIM[0], bar=DIM[1], width=2, marks=3),
        barred(72, ground=LIGHT[0], bar=LIGHT[1], width=48),
        barred(72, ground=DIM[0], bar=DIM[1], width=48),
    ],
    ids=["nothing", "a bar", "a bar in dim", "three lines", "wide bars", "wide bars in dim"],
)
def test_a_few_marks_and_wide_bars_are_no_stripes(image: Image.Image) -> None:
    assert stripes(image) is None


def test_five_grid_lines_and_the_words_of_an_axis_are_no_stripes() -> None:
    for ground, ink, grid in (("#faf8f3", "#565047", "#ddd7ca"), ("#1b1916", "#a49c8f", "#332e27")):
        image = Image.new("RGB", (720, 336), ground)
        draw = ImageDraw.Draw(image)
        for line in range(5):
            draw.line((0, 40 + 62 * line, 720, 40 + 62 * line), fill=grid)
        for month in range(9):
            draw.text(
                (10 + 80 * month, 300),
                f"{month}–{month + 3} 28/28",
                fill=ink,
                font=ImageFont.load_default(14),
            )
        assert stripes(image) is None
