"""Alice's browser, at noon."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from accounts.models import Record
from tests.conftest import NOON, as_user


@pytest.fixture
def client(alice: Record, at: Callable[[datetime], None]) -> Client:
    at(NOON)
    return as_user(alice.user)
