"""Take the pictures of docs/pictures: `python -m bench.pictures`.

Starts the product as an operator would, loads the demo, and takes what its patient sees in Chromium: the
question of the day on a phone of 360 px, light, dim and in pain, two pixels to a CSS pixel; the progress page
on a desktop. The banner of the demo is left out. The demo's diary ends on the day this runs.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes.site import Site
from tests.servers import find_chromium

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 360, "height": 780},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESK: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 830}}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PATIENT = "patient@example.org"


def log_in(email: str) -> str:
    """Inside the site: clear today of a demo record. Return a session key of its account."""
    from django.utils import timezone

    from accounts.models import User
    from bench import people
    from core.dates import local_date

    user = User.objects.get(email=email)
    user.record.days.filter(date=local_date(user, timezone.now())).delete()
    return people.log_in(user)


def take_picture(page: Page, folder: Path, name: str) -> None:
    """Take a picture of the viewport, once fonts and charts are loaded."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate("document.querySelectorAll('.demo').forEach((one) => one.remove())")
    if page.locator("[data-explore-when=idle]").count():
        for chart in page.locator(".chart").all():
            chart.locator(".plot svg.main-svg").first.wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=folder / f"{name}.png")
    print(folder / f"{name}.png")


def open_page(browser: Browser, site: Site, key: str, path: str, theme: str, screen: dict[str, Any]) -> Page:
    """Open a page in a new context, in one of the themes."""
    context = browser.new_context(
        base_url=site.url, color_scheme="dark" if theme == "dim" else "light", **screen
    )
    context.add_cookies([{"name": "session", "value": key, "url": site.url}])
    page = context.new_page()
    page.goto(path)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures go")
    target = parser.parse_args().folder
    with tempfile.TemporaryDirectory(prefix="btx-pictures-") as folder:
        site = Site(Path(folder), "consolemail://", more={"LOG_LEVEL": "WARNING", "DEMO": "1"})
        site.prepare()
        site.run("manage.py", "demo", "--fresh")
        key = site.ask(f"from bench.pictures import log_in; print(json.dumps(log_in({PATIENT!r})))")
        with site.web(), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            take_picture(open_page(browser, site, key, "/", "light", PHONE), target, "today")
            take_picture(open_page(browser, site, key, "/", "dim", PHONE), target, "today-dim")
            take_picture(open_page(browser, site, key, "/progress/", "light", DESK), target, "progress")
            page = open_page(browser, site, key, "/", "light", PHONE)
            page.get_by_role("button", name="I’m in pain").tap()
            page.get_by_role("heading", name="How bad").wait_for()
            take_picture(page, target, "pain")
            browser.close()


if __name__ == "__main__":
    main()
