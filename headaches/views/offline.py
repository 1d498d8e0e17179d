"""The diary offline: service worker, web app manifest, offline page, stored data, sync."""

import datetime as dt
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_POST, require_safe

from accounts.access import PersonRequest, get_own_record
from accounts.context_processors import count_idle_seconds, device_owner_codes
from accounts.models import Record
from core.dates import local_date, parse_iso_date
from core.fields import FriendlyErrorsMixin
from core.json_text import parse_json
from headaches import sync as entries
from headaches.calendar import load_recent_days, weekday_names
from headaches.models import DayChange, DeviceChange
from headaches.notices import build_notice, get_undo_notice, set_undo_notice
from headaches.rhythm import WEEKLY
from headaches.service_worker import assemble_worker, assemble_worker_once
from headaches.today import (
    answer_choices,
    day_context,
    device_texts,
    pain_context,
    today_context,
    week_context,
)

DAYS: Final = 60
MAX_ENTRIES: Final = 200
LONGEST_WAIT: Final = 10 * 366 * 86_400  # s


class EntryForm(FriendlyErrorsMixin, forms.Form):
    """One entry as a device sends it."""

    key = forms.UUIDField()
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in entries.KINDS])
    date = forms.DateField(input_formats=["%Y-%m-%d"])
    # Seconds since the tap: a device's clock may be wrong, but it runs evenly.
    age = forms.FloatField(min_value=0, max_value=LONGEST_WAIT)
    waited = forms.BooleanField(required=False)
    value = forms.CharField(max_length=36)
    base = forms.CharField(max_length=16, required=False)
    after = forms.UUIDField(required=False)
    name = forms.CharField(max_length=120, required=False, strip=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == entries.UNDO:
            values["value"] = str(forms.UUIDField().clean(values.get("value")))
        return values

    def entry(self, now: dt.datetime) -> entries.DeviceEntry:
        values = self.cleaned_data
        return entries.DeviceEntry(
            key=values["key"],
            kind=values["kind"],
            date=values["date"],
            at=now - dt.timedelta(seconds=values["age"]),
            value=values["value"],
            waited=values["waited"],
            base=values["base"],
            after=values["after"],
            name=values["name"],
        )


def apply_entry(
    record: Record, posted: Any, today: dt.date, now: dt.datetime
) -> tuple[dict[str, str], DayChange | None]:
    """Apply one entry; return the answer to the device and the change. What can never be applied is refused."""
    values: dict[str, Any] = posted if isinstance(posted, dict) else {}
    # As a form would post them: texts, so that a number or a true is no date.
    texts = {
        name: value if value is None or (name == "waited" and isinstance(value, bool)) else str(value)
        for name, value in values.items()
    }
    form, key = EntryForm(texts), str(values.get("key", ""))
    if not form.is_valid():
        return {"key": key, "outcome": "refused", "words": _("This entry cannot be read.")}, None
    try:
        receipt = entries.receive_entry(record=record, entry=form.entry(now), today=today, now=now)
    except ValidationError as error:
        return {"key": key, "outcome": "refused", "words": error.messages[0]}, None
    entry, day = receipt.entry, receipt.day
    answer = {"key": key, "outcome": entry.outcome, "revision": day.revision, "state": day.state}
    # The day differs from what the device assumes: from now on it uses the server's revision.
    answer["other"] = "yes" if day.revision != entry.revision else ""
    if entry.outcome == DeviceChange.Outcome.LATE:
        answer["words"] = _("This day has been changed again; nothing was undone.")
    return answer, entry.change


def render_part(
    request: PersonRequest, record: Record, part: str, now: dt.datetime, change: DayChange | None
) -> str | None:
    """Render the part of a page that a tap came from; None for an unknown part. A day is named "day 2026-05-06"."""
    today = local_date(record.user, now)
    notice = build_notice(change) if change else get_undo_notice(request, today)
    name, _space, text = part.partition(" ")
    if name == "home":
        context = today_context(record, load_recent_days(record, today), today, notice, now)
    elif name in ("week", WEEKLY):  # on the page of its own, or on the home page
        recent = load_recent_days(record, today)
        context = week_context(record, recent, today, notice, now if name == WEEKLY else None)
    elif name == "pain":
        context = pain_context(record, today, {}, notice, now)
    elif name == "day":
        context = day_context(record, parse_iso_date(text) or today, today, notice)
    else:
        return None
    template = {"home": "today", WEEKLY: "week"}.get(name, name)
    return render_to_string(f"headaches/_{template}.html", context | {"back": name}, request)


@require_POST
def sync(request: PersonRequest) -> HttpResponse:
    """Apply a device's entries in their order; answer what became of each, and a part of a page on request."""
    record, now = get_own_record(request), timezone.now()
    owner, posted, part = "", None, ""
    with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
        body = parse_json(request.body)
        owner, posted, part = str(body["who"]), body["entries"], str(body.get("part", ""))
    if not isinstance(posted, list) or len(posted) > MAX_ENTRIES:
        return JsonResponse({"problem": _("This entry cannot be read.")}, status=400)
    if owner not in device_owner_codes(record.user):
        # Somebody else has logged in on this device; the waiting entries are not hers.
        return JsonResponse({"problem": _("These entries belong to another account.")}, status=409)
    today = local_date(record.user, now)
    results = [apply_entry(record, entry, today, now) for entry in posted]
    answer: dict[str, Any] = {
        "results": [result for result, _change in results],
        "left": count_idle_seconds(request, record.user),
    }
    changes = [change for _result, change in results if change]
    html = render_part(request, record, part, now, changes[-1] if changes else None)
    if html is not None:
        answer["html"] = html
    response = JsonResponse(answer)
    return set_undo_notice(response, changes[-1]) if changes else response


@require_safe
def device_facts(request: PersonRequest) -> HttpResponse:
    """What a device stores for use offline: the last days, the list of medicines, the CSRF token.

    It shows them only while the log-in lasts: until the device cookie ends, or `left` seconds have passed.
    """
    record = get_own_record(request)
    today = local_date(record.user, timezone.now())
    days = record.days.filter(date__range=(today - dt.timedelta(DAYS - 1), today)).prefetch_related("intakes")
    facts = {
        "who": device_owner_codes(record.user)[0],
        "zone": record.user.time_zone,
        "token": get_token(request),
        "days": {day.date.isoformat(): [day.state, day.revision] for day in days},
        "took": [day.date.isoformat() for day in days if day.intakes.all()],
        "medicines": [[medicine.pk, medicine.name] for medicine in record.medicines.all()],
        "left": count_idle_seconds(request, record.user),
    }
    response = JsonResponse(facts)
    ends_with_browser = request.session.get_expire_at_browser_close()
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        "on",
        max_age=None if ends_with_browser else settings.SESSION_COOKIE_AGE,
        secure=settings.HTTPS,
        samesite="Lax",
    )
    return response


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page a device shows offline. It holds no personal data: the device fills it in."""
    context = {
        "answers": answer_choices(None),
        "number": DAYS,
        "texts": device_texts(),
        "weekday_names": weekday_names(),
        "cookie": settings.DEVICE_COOKIE_NAME,
        # A device keeps this page for weeks.
        "idle_left": None,
    }
    return render(request, "headaches/offline.html", context)


@login_not_required
@require_safe
@conditional_page
def service_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker with the file names of this version, at the root so that its scope is the whole site.

    Browsers ask for it again and again; the ETag is weak because the response may be compressed.
    """
    script = assemble_worker() if settings.DEBUG else assemble_worker_once()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["ETag"] = f'W/"{sha256(response.content).hexdigest()[:16]}"'
    return response


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest. The short name, shown under the icon, says nothing about health."""
    icon = {"type": "image/png", "purpose": "any"}
    sized = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", **icon} for size in (192, 512)
    ]
    maskable = {"src": static("img/icon-maskable-512.png"), "sizes": "512x512", "type": "image/png"}
    content = {
        "id": "/",
        "name": "BotoxTrack",
        "short_name": _("Diary"),
        "lang": request.LANGUAGE_CODE,
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f1eee6",
        "theme_color": "#f1eee6",
        "icons": [*sized, maskable | {"purpose": "maskable"}],
        "shortcuts": [
            {"name": _("Today"), "url": reverse("home"), "icons": [sized[0]]},
            {"name": _("I’m in pain"), "url": f"{reverse('home')}?pain", "icons": [sized[0]]},
        ],
    }
    response = JsonResponse(content)
    response["Content-Type"] = "application/manifest+json"
    return response


@require_POST
def choose(request: PersonRequest, date: str) -> HttpResponse:
    """Settle which of two versions of a day is right."""
    record, now = get_own_record(request), timezone.now()
    day_date = parse_iso_date(date)
    try:
        if day_date is None:
            raise ValidationError(_("This is not a date."))
        change = entries.resolve_conflict(
            record=record,
            date=day_date,
            answer=request.POST.get("keep", ""),
            today=local_date(record.user, now),
            now=now,
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    response = redirect("home")
    return set_undo_notice(response, change) if change else response
