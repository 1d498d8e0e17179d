"""What a device needs to keep the diary without a network: the worker, the manifest, the page it shows, facts, sync."""

import json
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
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

from accounts.access import PersonRequest, own_record
from accounts.context_processors import device_mark, idle_left
from accounts.models import Record
from core.dates import day_of, iso_date
from core.fields import PlainWords
from headaches import actions
from headaches import sync as device
from headaches.calendar import weekday_heads
from headaches.models import DayChange, DeviceChange
from headaches.notices import leave_toast, toast_for, waiting_toast
from headaches.snapshots import taken
from headaches.today import answers, day_context, device_words, pain_context, today_context, week_context

DAYS: Final = 60
MOST_ENTRIES: Final = 200
LONGEST_WAIT: Final = 10 * 366 * 86_400  # s
# What the page without a network is made of.
FILES: Final = (
    "vendor/pico/pico.layer.css", "css/fonts.css", "css/tokens.css", "css/components.css", "css/print.css",
    "vendor/atkinson/atkinson-latin.woff2", "js/queue.js", "js/today.js", "js/app.js", "img/favicon.svg",
)  # fmt: skip


class EntryForm(PlainWords, forms.Form):
    """One change as a device sends it."""

    key = forms.UUIDField()
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in device.KINDS])
    date = forms.DateField(input_formats=["%Y-%m-%d"])
    # Seconds since it was tapped: a device's clock may stand anywhere, but it goes on evenly.
    age = forms.FloatField(min_value=0, max_value=LONGEST_WAIT)
    waited = forms.BooleanField(required=False)
    value = forms.CharField(max_length=36)
    base = forms.CharField(max_length=16, required=False)
    after = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == device.UNDO:
            values["value"] = str(forms.UUIDField().clean(values.get("value")))
        return values

    def sent(self, now: datetime) -> device.Sent:
        values = self.cleaned_data
        return device.Sent(
            key=values["key"],
            kind=values["kind"],
            on=values["date"],
            at=now - timedelta(seconds=values["age"]),
            value=values["value"],
            waited=values["waited"],
            base=values["base"],
            after=values["after"],
        )


def typed(entry: dict[str, Any]) -> dict[str, Any]:
    """Values as a form would bring them: fields read texts, and a date that is a number is none."""
    return {
        name: value if value is None or isinstance(value, bool) else str(value)
        for name, value in entry.items()
    }


def made(
    record: Record, entry: Any, today: date, now: datetime
) -> tuple[dict[str, str], DeviceChange | None]:
    """The answer to one entry, and what was made of it. What can never be made is refused in a sentence."""
    form = EntryForm(typed(entry) if isinstance(entry, dict) else {})
    key = str(entry.get("key", "")) if isinstance(entry, dict) else ""
    if not form.is_valid():
        return {"key": key, "outcome": "refused", "words": _("This entry cannot be read.")}, None
    try:
        row = device.receive(record=record, sent=form.sent(now), today=today, now=now)
    except ValidationError as error:
        return {"key": key, "outcome": "refused", "words": error.messages[0]}, None
    day = actions.day_on(record, row.date)
    said = {"key": key, "outcome": row.outcome, "revision": device.revision_of(taken(day))}
    said["state"] = day.state if day else ""
    # Another than the device took it for: from here on it goes by what it is told, not by its own change.
    said["other"] = "yes" if said["revision"] != row.revision else ""
    if row.outcome == DeviceChange.Outcome.LATE:
        said["words"] = _("This day was changed again since; nothing was taken back.")
    return said, row


def part_of(
    request: PersonRequest, record: Record, wanted: str, today: date, change: DayChange | None
) -> str | None:
    """The part of a page that a tap stood on, anew; None for no known part. A day's is named "day 2026-05-06"."""
    toast = toast_for(change) if change else waiting_toast(request, today)
    name, _space, text = wanted.partition(" ")
    on = iso_date(text) or today
    if name == "home":
        context = today_context(record, today, toast)
    elif name == "week":
        context = week_context(record, today, toast)
    elif name == "pain":
        context = pain_context(record, today, {}, toast)
    elif name == "day":
        context = day_context(record, on, today, toast)
    else:
        return None
    template = "today" if name == "home" else name
    return render_to_string(f"headaches/_{template}.html", context | {"back": name}, request)


def entries_of(request: HttpRequest) -> tuple[str, list[Any], str]:
    """Whose, which changes, and the part of a page that is wanted back."""
    try:
        body = json.loads(request.body)
        who, entries, part = str(body["who"]), body["entries"], str(body.get("part", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValidationError(_("This entry cannot be read.")) from error
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise ValidationError(_("This entry cannot be read."))
    return who, entries, part


@require_POST
def sync(request: PersonRequest) -> HttpResponse:
    """Take a device's changes in their order; answers what became of each, and the question anew if that is wanted."""
    record, now = own_record(request), timezone.now()
    try:
        who, entries, part = entries_of(request)
    except ValidationError as error:
        return JsonResponse({"problem": error.messages[0]}, status=400)
    if who != device_mark(record.user):
        # Somebody else has logged in on this device: what waits is not hers to send.
        return JsonResponse({"problem": _("These entries belong to another account.")}, status=409)
    today = day_of(record.user, now)
    results = [made(record, entry, today, now) for entry in entries]
    answer: dict[str, Any] = {
        "results": [said for said, _row in results],
        "left": idle_left(request, record.user),
    }
    changes = [row.change for _said, row in results if row and row.change]
    if changes:
        leave_toast(request, changes[-1])
    html = part_of(request, record, part, today, changes[-1] if changes else None)
    if html is not None:
        answer["html"] = html
    return JsonResponse(answer)


@require_safe
def device_facts(request: PersonRequest) -> HttpResponse:
    """What a device keeps for the time without a network: the last days, the own medicines, the form's token.

    It shows them as long as the log-in lasts: until its cookie ends, which holds nothing, or `left` seconds are over.
    """
    record = own_record(request)
    today = day_of(record.user, timezone.now())
    days = record.days.filter(date__range=(today - timedelta(DAYS - 1), today))
    facts = {
        "who": device_mark(record.user),
        "zone": record.user.time_zone,
        "token": get_token(request),
        "days": {
            day.date.isoformat(): [day.state, device.revision_of(taken(day))]
            for day in days.prefetch_related("intakes")
        },
        "medicines": [[one.pk, one.name] for one in record.medicines.all()],
        "left": idle_left(request, record.user),
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
    """The page a device shows without a network. It holds nothing of anybody: the device fills it in."""
    context = {
        "answers": answers(None),
        "number": DAYS,
        "words": device_words(),
        "heads": weekday_heads(),
        "cookie": settings.DEVICE_COOKIE_NAME,
        # A device keeps this page for weeks.
        "idle_left": None,
    }
    return render(request, "headaches/offline.html", context)


@login_not_required
@require_safe
@conditional_page
def service_worker(_request: HttpRequest) -> HttpResponse:
    """The browser's worker, from the root, so that it may serve every page; with the files of this version.

    A browser asks for it at each opening, and gets it when it is another one. Its mark is weak: it may be sent packed.
    """
    worker = Path(str(finders.find("js/worker.js"))).read_text()
    files = [static(name) for name in FILES]
    head = f"const OFFLINE = {json.dumps(reverse('offline'))};\nconst FILES = {json.dumps(files)};\n"
    code = f"{head}importScripts({json.dumps(static('js/queue.js'))});\n{worker}"
    response = HttpResponse(code, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["ETag"] = f'W/"{sha256(response.content).hexdigest()[:16]}"'
    return response


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a device needs to put the diary among its apps. The short name, under the icon, says nothing of health."""
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
        "shortcuts": [{"name": _("Today"), "url": reverse("home"), "icons": [sized[0]]}],
    }
    response = JsonResponse(content)
    response["Content-Type"] = "application/manifest+json"
    return response


@require_POST
def choose(request: PersonRequest, date: str) -> HttpResponse:
    """Which of two entries of a day holds."""
    record, now = own_record(request), timezone.now()
    on = iso_date(date)
    try:
        if on is None:
            raise ValidationError(_("This is not a date."))
        change = device.choose(
            record=record, on=on, said=request.POST.get("keep", ""), today=day_of(record.user, now), now=now
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    if change:
        leave_toast(request, change)
    return redirect("home")
