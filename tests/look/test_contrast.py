"""The look, held by numbers: contrast of each pair of tokens, no raw colour beside them, no motion, no foreign address.

Bars (WCAG 2.2 relative luminance): body text 7:1 or more, in dim at most 10:1; secondary text 5:1; parts (borders,
marks, bars, focus rings) 3:1; grid and hairlines faint on purpose, 1.1:1 to 1.6:1; dim backgrounds at luminance
0.02 or less.
"""

import hashlib
import json
import re
from pathlib import Path

import pytest

from charts import plotly

ROOT = Path(__file__).resolve().parents[2]
CSS = sorted((ROOT / "static/css").glob("*.css"))
JS = sorted((ROOT / "static/js").rglob("*.js"))
VENDORED = json.loads((ROOT / "static/vendor/VENDORED.json").read_text())

BACKGROUNDS = ["bg", "surface", "inset"]
SOFT = [
    "accent-soft",
    "free-soft",
    "mild-soft",
    "moderate-soft",
    "severe-soft",
    "warning-soft",
    "danger-soft",
]
BODY = [("text", back) for back in BACKGROUNDS + SOFT]
SECONDARY = [
    *[("text-2", back) for back in BACKGROUNDS + SOFT],
    *[("accent", back) for back in [*BACKGROUNDS, "accent-soft"]],
    ("warning", "warning-soft"),
    ("warning", "surface"),
    ("danger", "danger-soft"),
    ("danger", "surface"),
    ("danger", "bg"),
    ("on-fill", "fill"),
    ("ink", "paper"),
]
PARTS = [
    *[(mark, back) for mark in ("line-strong", "unknown", "accent") for back in BACKGROUNDS],
    *[
        (mark, back)
        for mark in ("free", "mild", "moderate", "severe", "before", "after")
        for back in BACKGROUNDS
    ],
    *[(mark, f"{mark}-soft") for mark in ("free", "mild", "moderate", "severe")],
    ("after", "after-soft"),
]
FAINT = [("grid", "surface"), ("line", "surface"), ("line", "bg")]
HIGHEST = {"light": 21.0, "dim": 10.0}
LIGHTS, DARKS = ["light", "warm light"], ["dim", "warm dim"]


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


def colours(sheet: str, selector: str) -> dict[str, str]:
    """The colours of one theme block of a sheet."""
    css = without_comments((ROOT / "static/css" / sheet).read_text())
    block = re.search(rf"{re.escape(selector)}\s*\{{(.*?)\}}", css, re.DOTALL)
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", block[1]))


def themes() -> dict[str, dict[str, str]]:
    """The colours of each theme, and of each with the warm tint over it."""
    names = ("light", "dim", "system")
    found = {name: colours("tokens.css", f':root[data-theme="{name}"]') for name in names}
    warm = {name: colours("warm.css", f':root[data-warm][data-theme="{name}"]') for name in ("dim", "system")}
    warm["light"] = colours("warm.css", ":root[data-warm]")
    return found | {f"warm {name}": found[name] | warm[name] for name in names}


THEMES = themes()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_both_dim_blocks_are_equal():
    assert THEMES["dim"] == THEMES["system"]
    assert THEMES["warm dim"] == THEMES["warm system"]


def test_every_theme_defines_the_same_colours():
    assert {frozenset(one) for one in THEMES.values()} == {frozenset(THEMES["light"])}


@pytest.mark.parametrize("theme", ["light", "dim"])
def test_the_warm_tint_has_less_blue_and_leaves_marks_and_charts_alone(theme):
    plain, warm = THEMES[theme], THEMES[f"warm {theme}"]
    changed = {name for name in plain if plain[name] != warm[name]}
    assert changed >= {*BACKGROUNDS, *SOFT, "text", "text-2"}
    assert all(int(warm[name][5:], 16) < int(plain[name][5:], 16) for name in changed)
    marks = {front for front, _back in PARTS} | {"grid", "after-soft"}
    assert changed & marks <= {"accent"}


def test_every_colour_of_a_chart_is_a_token_and_held_to_a_contrast():
    """Drawn or explored, charts have no palette of their own: what they use is measured below in every theme."""
    sheet = set(re.findall(r"var\(--([\w-]+)", (ROOT / "static/css/charts.css").read_text()))
    figure = set(re.findall(r'"\$([\w-]+)"', Path(plotly.__file__).read_text()))
    held = {front for front, _back in BODY + SECONDARY + PARTS + FAINT} | {*BACKGROUNDS, "after-soft"}
    assert {"before", "after", "moderate", "severe", "line-strong", "grid"} <= (sheet & figure) <= held
    assert {name for name in sheet | figure if name in THEMES["light"]} <= held
    assert figure <= THEMES["light"].keys()


@pytest.mark.parametrize("theme", LIGHTS + DARKS)
@pytest.mark.parametrize(
    ("kind", "front", "back"),
    [
        *[("body", *pair) for pair in BODY],
        *[("secondary", *pair) for pair in SECONDARY],
        *[("part", *pair) for pair in PARTS],
        *[("faint", *pair) for pair in FAINT],
    ],
)
def test_contrast(theme, kind, front, back):
    low = {"body": 7.0, "secondary": 5.0, "part": 3.0, "faint": 1.1}[kind]
    high = 1.6 if kind == "faint" else HIGHEST[theme.removeprefix("warm ")]
    assert low <= contrast(THEMES[theme][front], THEMES[theme][back]) <= high


@pytest.mark.parametrize("theme", DARKS)
@pytest.mark.parametrize("background", BACKGROUNDS + SOFT)
def test_dim_backgrounds_are_dark(background, theme):
    assert luminance(THEMES[theme][background]) <= 0.02


@pytest.mark.parametrize("theme", DARKS)
@pytest.mark.parametrize("colour", sorted(THEMES["dim"]))
def test_dim_has_nothing_bright(colour, theme):
    assert luminance(THEMES[theme][colour]) <= 0.65


def test_letters_are_in_the_colours_of_the_themes_and_follow_the_device():
    """A letter cannot link a sheet; so what stands in it is compared with the tokens."""
    letter = (ROOT / "templates/emails/base.html").read_text()
    light, dark = letter.split("@media (prefers-color-scheme: dark)")
    assert '<meta name="color-scheme" content="light dark">' in light
    assert ":root { color-scheme: light dark;" in light
    for part, theme in ((light, THEMES["light"]), (dark, THEMES["dim"])):
        body = re.search(r"body \{[^}]*background: (#\w+); color: (#\w+);", part)
        assert body.groups() == (theme["bg"], theme["text"])
        assert set(re.findall(r"#[0-9a-f]{6}\b", part)) == {
            theme[name] for name in ("bg", "text", "text-2", "accent")
        }


@pytest.mark.parametrize(
    "sheet", [s for s in CSS if s.name not in {"tokens.css", "warm.css"}], ids=lambda sheet: sheet.name
)
def test_no_raw_colour_outside_the_tokens(sheet):
    values = re.findall(r":\s*([^;{}]+)[;}]", without_comments(sheet.read_text()))
    raw = [
        value
        for value in values
        for found in re.findall(
            r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([^)]*\)|\b(?:white|black)\b",
            value,
        )
        if not re.fullmatch(r"rgba\(0, ?0, ?0, ?0\)", found)
    ]
    assert raw == []


@pytest.mark.parametrize("sheet", CSS, ids=lambda sheet: sheet.name)
def test_every_token_used_is_defined(sheet):
    defined = set(re.findall(r"(--[\w-]+)\s*:", "".join(s.read_text() for s in CSS)))
    used = set(re.findall(r"var\((--[\w-]+)", without_comments(sheet.read_text())))
    assert used - defined == set()


@pytest.mark.parametrize("sheet", CSS, ids=lambda sheet: sheet.name)
def test_nothing_moves(sheet):
    css = without_comments(sheet.read_text())
    moves = re.findall(r"(?<![\w-])(?:animation|transition)(?:-[\w-]+)?\s*:\s*([^;}]+)", css)
    assert {value.strip() for value in moves} <= {"none"}
    assert "@keyframes" not in css
    assert "scroll-behavior" not in css


def test_motion_of_the_base_sheet_is_switched_off():
    css = (ROOT / "static/css/base.css").read_text()
    rule = "*,\n*::before,\n*::after {\n  box-sizing: border-box;\n  transition: none;\n  animation: none;\n}"
    assert rule in css
    base = (ROOT / "static/vendor/pico/pico.layer.css").read_text()
    assert base.startswith('@charset "UTF-8";@layer base{')
    assert base.count("{") == base.count("}")


@pytest.mark.parametrize("sheet", CSS, ids=lambda sheet: sheet.name)
def test_every_file_a_sheet_asks_for_exists(sheet):
    for address in re.findall(r"url\(\s*['\"]?([^'\")]+)", sheet.read_text()):
        assert (sheet.parent / address).resolve().is_file(), address


@pytest.mark.parametrize("file", CSS + JS, ids=lambda file: file.name)
def test_no_foreign_address(file):
    assert (
        re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", re.sub(r"http://www\.w3\.org/\S+", "", file.read_text()))
        == []
    )


@pytest.mark.parametrize("file", JS, ids=lambda file: file.name)
def test_scripts_obey_the_content_policy(file):
    code = file.read_text()
    for forbidden in (
        "eval(",
        "new Function",
        "localStorage",
        "sessionStorage",
        "innerHTML",
        ".style.",
        'setAttribute("style"',
        'setAttribute("on',
        "document.write",
    ):
        assert forbidden not in code


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["file"])
def test_vendored_files_are_as_listed(entry):
    content = (ROOT / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert (ROOT / entry["licence_file"]).read_text().strip()
    assert entry["version"]
    assert entry["licence"]


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["file"])
def test_vendored_files_name_no_source_map(entry):
    assert b"sourceMappingURL=" not in (ROOT / entry["file"]).read_bytes()


def test_every_vendored_file_is_listed():
    listed = {ROOT / entry[key] for entry in VENDORED for key in ("file", "licence_file")}
    present = {
        p
        for folder in ("static/vendor", "tests/look/vendor")
        for p in (ROOT / folder).rglob("*")
        if p.is_file()
    }
    assert present - {ROOT / "static/vendor/VENDORED.json"} == listed


def test_plotly_finds_the_place_where_our_sheet_stands():
    """plotly writes no style element when an element of this id matches this class; a new release may rename either."""
    code = (ROOT / "static/vendor/plotly/plotly-basic.min.js").read_text()
    assert '"plotly.js-style-"+' in code
    assert ".no-inline-styles" in code
    for rule in ("X .main-svg", "X .main-svg .draglayer", "X .crisp"):
        assert f'"{rule}"' in code
