"""What is asked of every page that is open: accessible in each theme, still, narrow enough, whole on paper."""

from __future__ import annotations

import re
from pathlib import Path

from django.templatetags.static import static
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watch

AXE = (Path(__file__).resolve().parents[1] / "look" / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What axe judges by colours; the rest is the same in every theme.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
PHONE = {"width": 360, "height": 780}
SMALL_PHONE = {"width": 320, "height": 640}
ZOOMED = {"width": 320, "height": 256}  # a window of 1280 x 1024 at 400 %
DESK = {"width": 1280, "height": 900}
LOOKS = [(theme, warm) for theme in ("light", "dim") for warm in (False, True)]

RUN_AXE = """async ([type, values]) => {
  const {violations, passes, incomplete} = await axe.run(
    document, {runOnly: {type, values}, resultTypes: ["violations"]});
  if (!passes.length && !violations.length && !incomplete.length) return ["axe judged nothing"];
  return violations.flatMap((found) => found.nodes.map(
    (node) => `axe ${found.id} at ${node.target}: ${node.failureSummary.replaceAll("\\n", " ")}`));
}"""
MOVING = "document.getAnimations().map((one) => `moves: ${one.animationName || one.transitionProperty}`)"
# What reaches beyond the right edge and is not inside something that scrolls by itself.
OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 0.5 && !one.closest(".scroll, .sr"))
    .map((one) => `wider than the phone: ${one.outerHTML.slice(0, 90)}`).slice(0, 3)
    .concat(`the page is ${document.documentElement.scrollWidth} px wide at ${width} x ${innerHeight} px`);
}"""
# A look as the server writes it: attributes of the root, and the sheet of the tint.
PUT_ON = """async ([theme, warm, sheet]) => {
  const root = document.documentElement;
  root.toggleAttribute("data-warm", warm);
  if (warm && !document.querySelector("link[data-tint]")) {
    const link = Object.assign(document.createElement("link"), {rel: "stylesheet", href: sheet});
    link.dataset.tint = "";
    const loaded = new Promise((resolve, reject) => { link.onload = resolve; link.onerror = reject; });
    document.querySelector('link[href*="tokens"]').after(link);
    await loaded;
  }
  root.dataset.theme = theme;
}"""

# ---------- style sheets of areas ----------

STYLES = Path(__file__).resolve().parents[2] / "static" / "css"
# Loaded by every page, or by a condition of its own.
NOT_BY_AREA = {"base", "fonts", "tokens", "warm", "print", "plotly", "charts"}
# Which selectors of sheets that the page does not load would style something that can be seen.
UNSTYLED = """(sheets) => Object.entries(sheets).flatMap(([name, selectors]) => {
  if (document.querySelector(`link[href*="css/${name}."]`)) return [];
  return selectors.filter((selector) => [...document.querySelectorAll(selector)].some((one) => one.checkVisibility()))
    .slice(0, 2).map((selector) => `css/${name}.css is not loaded, but styles ${selector}`);
})"""


def selectors_of(sheet: Path) -> list[str]:
    """Return the selectors of a sheet without pseudo-elements and states."""
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    found = []
    for prelude in re.findall(r"([^{}]+)\{", css):
        if not prelude.strip().startswith("@"):
            # A comma between selectors ends its line; one inside :is() does not.
            found += [part.strip() for part in re.split(r",\n", prelude)]
    states = (
        r"::?(?:before|after|hover|focus-visible|focus-within|focus|checked|disabled|target|placeholder"
        r"|file-selector-button|-webkit-[\w-]+|-moz-[\w-]+)(?![\w-])"
    )
    return sorted(
        {re.sub(states, "", selector) or "html" for selector in found if ":has(" not in selector} - {"html"}
    )


AREAS = {
    sheet.stem: selectors_of(sheet) for sheet in sorted(STYLES.glob("*.css")) if sheet.stem not in NOT_BY_AREA
}


def of_styles(page: Page) -> list[str]:
    """Every visible element has the style sheets that have rules for it."""
    return list(page.evaluate(UNSTYLED, AREAS))


# ---------- paper ----------

# Elements with words of their own that stand on the screen, folded parts opened; kept for the comparison.
ON_SCREEN = """() => {
  const words = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const filled = (one) => one.matches("input:not([type=hidden], [type=radio], [type=checkbox])") && one.value;
  window.onScreen = [...document.querySelectorAll("main *")].filter(
    (one) => (words(one) || filled(one)) && !one.closest("svg, script, template, .sr") && one.checkVisibility());
  document.querySelectorAll("details").forEach((one) => { one.open = false; });
  return window.onScreen.length;
}"""
# Beside controls, which paper cannot press: everything that stood on the screen stands on paper, dark on white.
ON_PAPER = """() => {
  const CONTROLS = "button:not([aria-pressed=true]), .button, option, nav, .months > [rel], .toast, .save, .reading, "
    + ".act, .draft, .themes, main > form:not(.form, .question), p:has(> a.link:only-child), p:has(> a[download])";
  const luminance = (colour) => {
    const [red, green, blue, alpha = 1] = colour.match(/[\\d.]+/g).map(Number);
    if (!alpha) return null;
    const linear = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const ALL = {opacityProperty: true, visibilityProperty: true};
  const seen = (one) => one.checkVisibility(ALL) && one.getClientRects().length > 0;
  const isDark = (light) => light !== null && light < 0.72;
  const named = (one) => `${one.outerHTML.slice(0, 80)}`;
  const lost = window.onScreen.filter((one) => !seen(one) && !one.closest(CONTROLS))
    .map((one) => `not on paper: ${named(one)}`);
  const shown = [...document.querySelectorAll("body, body *")]
    .filter((one) => one.namespaceURI.endsWith("xhtml") && seen(one));
  const grounds = [document.documentElement, ...shown.filter((one) => !one.matches(".mark, progress, .dot"))]
    .filter((one) => isDark(luminance(getComputedStyle(one).backgroundColor)))
    .map((one) => `dark ground on paper: ${named(one)}`);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const pale = [];
  let letters = 0;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const one = node.parentElement;
    if (!node.data.trim() || one.closest("script, style, template, .sr") || !seen(one)) continue;
    letters += node.data.trim().length;
    const style = getComputedStyle(one);
    const ink = luminance(one.closest("svg") ? style.fill : style.color);
    if (ink !== null && 1.05 / (ink + 0.05) < 7) pale.push(`pale on paper: ${named(one)}`);
  }
  const sheet = getComputedStyle(document.documentElement).backgroundColor;
  if (luminance(sheet) !== 1) grounds.push("the paper is not white");
  if (!document.querySelector("h1")?.checkVisibility()) lost.push("no heading on paper");
  return [...new Set([...lost, ...grounds, ...pale])].slice(0, 8).concat(letters > 20 ? [] : ["nothing on paper"]);
}"""


def settle(page: Page) -> None:
    """Charts are drawn (explored, where that comes by itself), fonts are there, folded parts are open."""
    page.evaluate("document.fonts.ready.then(() => true)")
    is_eager = page.locator("[data-explore-when=idle]").count()
    for chart in page.locator(".chart").all():
        shown = ".plot svg.main-svg" if is_eager else "svg.drawing"
        expect(chart.locator(shown).locator("visible=true").first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def put_on(page: Page, theme: str, *, warm: bool) -> None:
    """The page in another theme, as the server would have sent it."""
    page.evaluate(PUT_ON, [theme, warm, static("css/warm.css")])


def of_looks(page: Page) -> list[str]:
    """Axe and stillness in every theme: all rules once, those of colour in each."""
    page.evaluate(AXE)
    found = []
    for place, (theme, warm) in enumerate(LOOKS):
        put_on(page, theme, warm=warm)
        rules = ["rule", COLOUR_RULES] if place else ["tag", RULES]
        here = [*page.evaluate(RUN_AXE, rules), *page.evaluate(MOVING)]
        found += [f"{theme}{' warm' if warm else ''}: {one}" for one in here]
    return found


def of_widths(page: Page) -> list[str]:
    """No scrolling sideways at 320 px, nor at 400 %."""
    found = []
    for size in (SMALL_PHONE, ZOOMED):
        page.set_viewport_size(size)
        found += page.evaluate(OVERFLOWING)
    page.set_viewport_size(PHONE)
    return found


def of_paper(page: Page) -> list[str]:
    """Printed from the warm dim theme, the darkest there is: black on white, and whole."""
    assert page.evaluate(ON_SCREEN) > 0
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    found = list(page.evaluate(ON_PAPER))
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    return found


def audit(page: Page, watch: Watch, name: str, status: int = 200) -> list[str]:
    """Everything that is wrong with the page that is open."""
    look = page.evaluate(
        "[document.documentElement.dataset.theme, 'warm' in document.documentElement.dataset]"
    )
    settle(page)
    found = [*of_styles(page), *of_looks(page), *of_widths(page), *of_paper(page)]
    put_on(page, look[0], warm=look[1])
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    said = watch.take()
    # Of a page that is answered with an error the console says so once; that is no complaint.
    found += [one for one in said if status == 200 or f"status of {status}" not in one]
    return [f"{name}: {one}" for one in found]


def visit(page: Page, watch: Watch, path: str, status: int = 200) -> list[str]:
    answer = page.goto(path)
    assert answer
    assert answer.status == status, f"{path} answers {answer.status}"
    assert page.url.endswith(path), f"{path} leads to {page.url}"
    return audit(page, watch, path, status)


# ---------- the keyboard ----------

# Of the element that has the focus: is its ring drawn, is it in view, does anything lie on it?
FOCUSED = """() => {
  const one = document.activeElement;
  const name = one.outerHTML.slice(0, 80);
  // A chip or a tick of ours draws the ring beside the hidden control.
  const ringed = [one, one.nextElementSibling].find((part) => part && getComputedStyle(part).outlineStyle !== "none"
    && parseFloat(getComputedStyle(part).outlineWidth) >= 2);
  if (!ringed) return [`no ring: ${name}`];
  const box = ringed.getBoundingClientRect();
  const {outlineOffset, outlineWidth} = getComputedStyle(ringed);
  const ring = Math.max(0, parseFloat(outlineOffset) + parseFloat(outlineWidth));
  if (box.top < ring || box.left < ring || box.bottom + ring > innerHeight || box.right + ring > innerWidth) {
    if (box.height < innerHeight && box.width < innerWidth) return [`out of view: ${name}`];
  }
  const at = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]];
  const covered = at.filter(([x, y]) => {
    const hit = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
    return hit && !ringed.contains(hit) && !hit.contains(ringed) && !one.contains(hit) && hit !== one;
  });
  return covered.length ? [`covered: ${name}`] : [];
}"""
TABS = 90


def tab_to(page: Page, wanted: Locator) -> list[str]:
    """Press the tabulator until this has the focus, and say where on the way the focus could not be seen."""
    found: list[str] = []
    for _press in range(TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue
        found += [f"{page.url}: {one}" for one in page.evaluate(FOCUSED)]
        if wanted.evaluate("(one) => one === document.activeElement"):
            return found
    raise AssertionError(f"{wanted} is not reached in {TABS} steps")
