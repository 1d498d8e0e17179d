"""A worker outlasts the end of Redis, however long it takes."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from botoxtrack.celery import app
from tests.processes.site import Site
from tests.servers import free_port, redis, wait_for


def test_no_number_of_tries_ends_a_worker() -> None:
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.broker_connection_retry is True


@pytest.mark.processes
def test_a_worker_goes_on_when_redis_is_back(tmp_path: Path) -> None:
    port = free_port()
    site = Site(
        tmp_path,
        "consolemail://",
        more={"REDIS_URL": f"redis://127.0.0.1:{port}/0", "REMINDER_TICK_SECONDS": "1"},
    )
    with ExitStack() as first:
        first.enter_context(redis(port))
        site.prepare()
        with site.worker() as worker:
            wait_for(lambda: "succeeded" in site.log("worker.log"), what="a first sweep")
            first.close()
            wait_for(lambda: "Cannot connect" in site.log("worker.log"), what="the worker to notice")
            length = len(site.log("worker.log"))
            with redis(port):
                wait_for(lambda: "succeeded" in site.log("worker.log")[length:], what="a sweep after that")
            assert worker.poll() is None
