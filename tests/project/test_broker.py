"""The file broker: a message is found whole or not at all."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from botoxtrack.celery import app

ROUNDS = 1500


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Any]:
    assert app.conf.broker_url.startswith("files://")
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection("files://", transport_options=options) as connection:
        yield connection.default_channel


def test_a_reader_never_sees_half_a_message(channel: Any, tmp_path: Path) -> None:
    """Kombu's own transport shows empty files here within a few hundred messages."""
    done, torn = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            for path in (tmp_path / "queue").glob("*.msg"):
                try:
                    json.loads(path.read_bytes())
                except FileNotFoundError:
                    continue  # moved away by the other side meanwhile
                except ValueError:
                    torn.append(path.name)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(ROUNDS):
            channel._put("queue", {"number": number, "body": "x" * 2000})
            if number % 20 == 19:
                for path in (tmp_path / "queue").glob("*.msg"):
                    path.rename(tmp_path / "control" / path.name)
    finally:
        done.set()
        reader.join()
    assert torn == []


def test_messages_come_out_in_order_each_once(channel: Any) -> None:
    for number in range(50):
        channel._put("queue", {"number": number})
    channel._put("another", {"number": -1})
    assert channel._size("queue") == 50
    assert sorted(channel._get("queue")["number"] for _message in range(50)) == list(range(50))
    with pytest.raises(Empty):
        channel._get("queue")
    assert channel._get("another") == {"number": -1}
