"""Database or cache away: 503 with a page, so that supervisors wait and a device shows its own page."""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes.site import Site
from tests.servers import postgres, redis, wait_for

pytestmark = pytest.mark.processes


def get(site: Site, path: str) -> tuple[int, str, str | None]:
    """Status, text and Retry-After."""
    try:
        with urllib.request.urlopen(f"http://localhost:{site.port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers["Retry-After"]
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers["Retry-After"]


@pytest.mark.asvs(63)
def test_pages_say_that_the_site_is_back_in_a_moment(tmp_path: Path) -> None:
    with ExitStack() as database, ExitStack() as cache:
        database_url, redis_url = database.enter_context(postgres()), cache.enter_context(redis())
        site = Site(tmp_path, "smtp://127.0.0.1:1", database_url=database_url, more={"REDIS_URL": redis_url})
        site.prepare()
        with site.web():
            login = "/account/login/"
            assert get(site, login)[0] == 200
            assert get(site, "/readyz")[0] == 200
            # So that each thread of the server holds a connection when the database ends.
            with ThreadPoolExecutor(16) as clients:
                assert {status for status, _, _ in clients.map(get, [site] * 64, ["/readyz"] * 64)} == {200}
            database.close()
            wait_for(lambda: get(site, "/healthz")[0] == 503, within=20, what="the end of the database")
            status, text, retry = get(site, "/calendar/some-token.ics")
            assert (status, "Back in a moment" in text, retry) == (503, True, "30")
            assert get(site, "/readyz")[0] == 503
            assert get(site, "/static/nothing.css")[0] == 404
