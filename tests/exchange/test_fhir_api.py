"""The FHIR API and the links for a visit: who may read what, until when, and that she can end it at once."""

import json
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import given
from hypothesis import strategies as st

from accounts.audit_models import AuditEntry
from accounts.models import Record
from exchange.fhir import codes
from exchange.fhir.access import build_shlink, make_key, make_link
from exchange.fhir.resources import patient_id
from exchange.fhir.search import BadSearchError, check_parameters, match_codes, match_dates, parse_page
from exchange.models import AccessKey, HealthLink
from tests.conftest import NOON, TODAY, Cast, as_user, confirm_password
from tests.exchange.test_fhir import fill

At = Callable[[datetime], None]
DAY = timedelta(days=1)


@pytest.fixture
def noon(at: At) -> None:
    at(NOON)


def new_key(record: Record, scope: str = "everything") -> str:
    return make_key(record=record, name="EHR", scope=scope, lifetime=DAY, now=NOON)


def get(path: str, token: str = "", **query: str | list[str]) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = Client().get(path, query, headers=headers)
    assert answer["Content-Type"] == "application/fhir+json"
    content = json.loads(answer.content)
    if answer.status_code >= 400:
        OperationOutcome.model_validate(content)
    return answer.status_code, content


@pytest.mark.database
def test_a_walk_over_everything_that_the_statement_documents(alice: Record, noon: None) -> None:
    fill(alice)
    status, statement = get("/fhir/metadata")
    CapabilityStatement.model_validate(statement)
    token, patient = new_key(alice), patient_id(alice)
    status, everything = get(f"/fhir/Patient/{patient}/$everything", token)
    assert status == 200
    Bundle.model_validate(everything)
    assert everything["total"] == len(everything["entry"])
    by_type = {entry["resource"]["resourceType"]: entry["resource"] for entry in everything["entry"]}
    for resource in statement["rest"][0]["resource"]:
        kind = resource["type"]
        for interaction in resource["interaction"]:
            if interaction["code"] == "read":
                assert get(f"/fhir/{kind}/{by_type[kind]['id']}", token) == (200, by_type[kind])
                assert get(f"/fhir/{kind}/none", token)[0] == 404
            else:
                assert interaction["code"] == "search-type"
                for parameter in resource["searchParam"]:
                    examples = {"patient": patient, "date": "2026-05", "code": "25064002"}
                    found = get(f"/fhir/{kind}", token, **{parameter["name"]: examples[parameter["name"]]})
                    assert (found[0], found[1]["total"] > 0) == (200, True)
    # Nothing is changed by a program, whatever it sends.
    for path in ("/fhir/metadata", "/fhir/Observation", f"/fhir/Patient/{patient}"):
        for method in ("post", "put", "delete", "patch"):
            answer = getattr(Client(), method)(path, headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.database
def test_observations_are_found_by_date_and_code_in_pages(alice: Record, noon: None) -> None:
    fill(alice)
    token = new_key(alice)

    def find(**query: str | list[str]) -> dict[str, Any]:
        status, bundle = get("/fhir/Observation", token, **query)
        assert status == 200
        return bundle

    head = {"code": "http://snomed.info/sct|25064002"}
    first = TODAY - timedelta(120)
    days = alice.days.filter(date__range=(first, first + timedelta(10)))
    span = [f"ge{first}", f"le{first + timedelta(10)}"]
    assert find(**head, date=span)["total"] == days.count() == 11
    last = alice.days.latest("date").date
    assert find(**head, date=last.isoformat())["total"] == 1
    assert find(code="urn:botoxtrack:codes|hit-6,urn:botoxtrack:codes|midas")["total"] == 2
    assert find(code="|25064002")["total"] == 0
    assert find(**head, patient=f"Patient/{patient_id(alice)}")["total"] == alice.days.count()
    assert find(**head, patient="somebody-else")["total"] == 0
    seen, bundle = [], find(**head, _count="50")
    while True:
        Bundle.model_validate(bundle)
        seen += [entry["resource"]["effectiveDateTime"] for entry in bundle["entry"]]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        if "next" not in links:
            break
        parts = urlsplit(links["next"])
        status, bundle = get(f"{parts.path}?{parts.query}", token)
    assert seen == [day.isoformat() for day in alice.days.values_list("date", flat=True)]
    for query, sentence in (
        ({"date": "May"}, "'May' is no date."),
        ({"date": "2026-02-30"}, "'2026-02-30' is no date."),
        ({"_count": "-1"}, "_count must be a whole number."),
        ({"_sort": "date"}, "The parameter '_sort' is not supported."),
    ):
        status, outcome = get("/fhir/Observation", token, **query)
        assert (status, outcome["issue"][0]["diagnostics"].startswith(sentence)) == (400, True)


@given(
    name=st.sampled_from(["date", "code", "patient", "subject", "_count", "_offset", "_format", "other"]),
    value=st.text(max_size=12) | st.from_regex(r"(ge|lt|eq)?[0-9]{4}(-[0-9]{2}){0,2}", fullmatch=True),
)
def test_any_query_is_parsed_or_refused(name: str, value: str) -> None:
    query = QueryDict(mutable=True)
    query[name] = value
    observation = {"code": codes.HEADACHE.concept, "effectiveDateTime": "2026-05-01"}
    try:
        check_parameters(query, ("patient", "subject", "date", "code"))
        page = parse_page(query, 100)
        assert (match_dates(query)(observation), match_codes(query)(observation)) in product(
            (True, False), repeat=2
        )
        assert 0 <= page.count <= 1000
    except BadSearchError:
        return


@pytest.mark.database
def test_a_key_opens_one_record_until_it_is_ended(cast: Cast, at: At) -> None:
    at(NOON)
    fill(cast.alice)
    token = new_key(cast.alice)
    other = f"/fhir/Patient/{patient_id(cast.bea)}"
    assert get(f"{other}/$everything", token)[0] == get(other, token)[0] == 404
    path = f"/fhir/Patient/{patient_id(cast.alice)}"
    assert get(path)[0] == get(path, "made-up")[0] == 401
    assert get(path, token)[0] == 200
    key = AccessKey.objects.get()
    assert (key.uses, token in str(vars(key))) == (3, False)
    # Each use stands in her access log, on her page.
    uses = AuditEntry.objects.filter(trail__user=cast.alice.user, action="key_used")
    assert uses.count() == 3
    client = as_user(cast.alice.user)
    assert "EHR" in client.get(reverse("access")).content.decode()
    link, bea = new_link(cast.alice), as_user(cast.bea.user)
    confirm_password(bea)
    assert bea.get(reverse("show_link", args=[link.pk])).status_code == 404
    assert bea.post(reverse("end_key", args=[key.pk])).status_code == 404
    client.post(reverse("end_key", args=[key.pk]))
    assert get(path, token)[0] == 401
    later = new_key(cast.alice)
    at(NOON + DAY)
    assert get(path, later)[0] == 401


def test_a_key_without_notes_reads_none(alice: Record, noon: None) -> None:
    fill(alice)
    token = new_key(alice, "without_notes")
    _status, bundle = get(f"/fhir/Patient/{patient_id(alice)}/$everything", token)
    assert "a secret" not in json.dumps(bundle)


def test_too_many_requests_wait(alice: Record, noon: None) -> None:
    statuses = [get("/fhir/Observation", "made-up")[0] for _ in range(31)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    cache.clear()


@pytest.mark.database
def test_she_makes_a_key_and_a_link_on_her_pages(alice: Record, at: At) -> None:
    at(NOON)
    fill(alice)
    client = as_user(alice.user)
    assert client.get(reverse("add_key")).status_code == 302  # her password first
    confirm_password(client)
    page = client.post(
        reverse("add_key"), {"name": "EHR", "scope": "everything", "days": "30"}
    ).content.decode()
    token = page.split('readonly value="')[1].split('"')[0]
    assert get("/fhir/Observation", token)[0] == 200
    assert client.post(reverse("add_key"), {"name": "", "scope": "all", "days": "7"}).status_code == 422
    asked = {"name": "Visit", "scope": "without_notes", "hours": "24", "code": "4711"}
    answer = client.post(reverse("add_link"), asked)
    page = client.get(answer["Location"]).content.decode()
    assert "shlink:/" in page
    assert "<svg" in page
    assert client.post(reverse("add_link"), {**asked, "code": "1"}).status_code == 422
    link = HealthLink.objects.get()
    assert "Visit" in client.get(reverse("access")).content.decode()
    bundle = client.get(reverse("download_bundle"))
    assert (bundle["Content-Type"], bundle.status_code) == ("application/fhir+json", 200)
    client.post(reverse("end_link", args=[link.pk]))
    assert client.get(reverse("show_link", args=[link.pk])).status_code == 404


# ---------- an independent reader of SMART Health Links: only cryptography's AES-GCM ----------


def unpad(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_shlink(shlink: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(unpad(shlink.removeprefix("shlink:/")))
    return payload


def decrypt(jwe: str, key: str) -> dict[str, Any]:
    """RFC 7516: alg dir, so the encrypted key is empty; the protected header is the additional data."""
    header, encrypted_key, iv, ciphertext, tag = jwe.split(".")
    protected = json.loads(unpad(header))
    assert (protected["alg"], protected["enc"], protected["cty"], encrypted_key) == (
        "dir", "A256GCM", "application/fhir+json", "",
    )  # fmt: skip
    content = AESGCM(unpad(key)).decrypt(unpad(iv), unpad(ciphertext) + unpad(tag), header.encode())
    bundle: dict[str, Any] = json.loads(
        zlib.decompress(content, -15) if protected.get("zip") == "DEF" else content
    )
    return bundle


def ask_manifest(url: str, **asked: Any) -> tuple[int, dict[str, Any]]:
    answer = Client().post(
        urlsplit(url).path, json.dumps({"recipient": "Dr Carl", **asked}), "application/json"
    )
    assert answer["Access-Control-Allow-Origin"] == "*"
    return answer.status_code, answer.json()


def new_link(record: Record, passcode: str = "", lifetime: timedelta = 30 * DAY) -> HealthLink:
    return make_link(
        record=record, name="Diary", scope="everything", lifetime=lifetime, passcode=passcode, now=NOON
    )


@pytest.mark.database
def test_a_link_is_opened_by_an_independent_reader(alice: Record, noon: None) -> None:
    fill(alice)
    link = new_link(alice)
    payload = read_shlink(build_shlink(link))
    assert {name: payload[name] for name in ("exp", "flag", "label", "v")} == {
        "exp": int((NOON + 30 * DAY).timestamp()), "flag": "L", "label": "Diary", "v": 1,
    }  # fmt: skip
    assert (len(payload["key"]), len(payload["url"]) <= 128) == (43, True)
    status, manifest = ask_manifest(payload["url"])
    assert status == 200
    bundle = decrypt(manifest["files"][0]["embedded"], payload["key"])
    Bundle.model_validate(bundle)
    assert bundle["entry"][0]["resource"]["id"] == patient_id(alice)
    assert payload["key"] not in str(HealthLink.objects.values_list())
    # A reader may ask for an address instead of a long file.
    status, manifest = ask_manifest(payload["url"], embeddedLengthMax=10)
    place = urlsplit(manifest["files"][0]["location"]).path
    file = Client().get(place)
    assert file["Content-Type"] == "application/jose"
    assert decrypt(file.content.decode(), payload["key"])["entry"][0] == bundle["entry"][0]
    # Ended by her: at once, the address of the file too.
    as_user(alice.user).post(reverse("end_link", args=[link.pk]))
    assert ask_manifest(payload["url"])[0] == 404
    assert Client().get(place).status_code == 404
    actions = AuditEntry.objects.filter(trail__user=alice.user).values_list("action", flat=True)
    opened = [action for action in actions if action.startswith("link_")]
    assert opened == ["link_ended", "link_opened", "link_opened", "link_made"]


@pytest.mark.database
def test_wrong_passcodes_are_counted_and_end_the_link(alice: Record, noon: None) -> None:
    link = new_link(alice, passcode="4711")
    payload = read_shlink(build_shlink(link))
    assert payload["flag"] == "LP"
    assert ask_manifest(payload["url"], passcode="4711")[0] == 200
    HealthLink.objects.update(tries_left=2)
    assert ask_manifest(payload["url"]) == (401, {"error": "The passcode is wrong.", "remainingAttempts": 1})
    assert ask_manifest(payload["url"], passcode="1")[1]["remainingAttempts"] == 0
    assert ask_manifest(payload["url"], passcode="4711")[0] == 404


def test_a_link_ends_by_itself_and_needs_a_recipient(alice: Record, at: At) -> None:
    at(NOON)
    payload = read_shlink(build_shlink(new_link(alice, lifetime=timedelta(hours=1))))
    assert "flag" not in payload
    path = urlsplit(payload["url"]).path
    for body in ("", "[]", "{}", '{"recipient": ""}', '{"recipient": "x", "passcode": 4}', '"x"'):
        assert Client().post(path, body, "application/json").status_code == 400
    assert Client().get(path).status_code == 405
    assert Client().options(path)["Access-Control-Allow-Headers"] == "content-type"
    assert Client().get("/shl/file/made-up/").status_code == 404
    at(NOON + timedelta(hours=1))
    assert ask_manifest(payload["url"])[0] == 404
