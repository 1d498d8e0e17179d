"""The patient's pages: download the bundle, make and end keys of programs and links for a visit."""

from io import BytesIO

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.audit.log import Action, log_event
from core.dates import local_date
from exchange.fhir import access
from exchange.fhir.api import CONTENT_TYPE
from exchange.fhir.bundle import build_bundle, list_resources, write_bundle
from exchange.fhir.forms import KeyForm, LinkForm
from exchange.models import AccessKey, HealthLink


@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@rate_limit(action="export", limit_get=True)  # type: ignore[untyped-decorator]  # as above
def download_bundle(request: PersonRequest) -> HttpResponse:
    """Send the own record as one FHIR bundle."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    log_event(request.user, Action.EXPORTED, actor=request.user, now=now)
    bundle = build_bundle(list_resources(record, today), now)
    response = HttpResponse(write_bundle(bundle), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="record-{today.isoformat()}.fhir.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # as above
def add_key(request: PersonRequest) -> HttpResponse:
    """Create a key for another program, and show its token once."""
    record = get_own_record(request)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        token = access.make_key(
            record=record,
            name=values["name"],
            scope=values["scope"],
            lifetime=form.lifetime(),
            now=timezone.now(),
        )
        return render(request, "exchange/key.html", {"token": token, "name": values["name"]})
    return render(request, "exchange/add_key.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def end_key(request: PersonRequest, pk: int) -> HttpResponse:
    """End a key: it no longer works from the next request on."""
    key = get_own_or_404(get_own_record(request), AccessKey, pk=pk)
    access.end_key(key=key, now=timezone.now())
    messages.success(request, _("The key “%(name)s” no longer works.") % {"name": key.name})
    return redirect("access")


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # as above
def add_link(request: PersonRequest) -> HttpResponse:
    """Create a link to show at a visit."""
    record = get_own_record(request)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        link = access.make_link(
            record=record,
            name=values["name"],
            scope=values["scope"],
            lifetime=form.lifetime(),
            passcode=values["code"],
            now=timezone.now(),
        )
        return redirect("show_link", pk=link.pk)
    return render(request, "exchange/add_link.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]  # as above
def show_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the QR code of a link that works."""
    link = get_own_or_404(get_own_record(request), HealthLink, pk=pk, ended_at=None)
    shlink = access.build_shlink(link)
    return render(request, "exchange/link.html", {"link": link, "shlink": shlink, "picture": draw_qr(shlink)})


@require_POST
def end_link(request: PersonRequest, pk: int) -> HttpResponse:
    """End a link at once."""
    link = get_own_or_404(get_own_record(request), HealthLink, pk=pk)
    access.end_link(link=link, now=timezone.now())
    messages.success(request, _("The link “%(name)s” no longer works.") % {"name": link.name})
    return redirect("access")


def draw_qr(text: str) -> SafeString:
    """Return a QR code as the path of an SVG picture."""
    # Imported here: no other page draws one.
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    # A link is long: the least correction keeps its squares large enough for a phone.
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, image_factory=SvgPathFillImage)
    code.add_data(text)
    out = BytesIO()
    code.make_image().save(out)
    picture = out.getvalue().decode()
    return mark_safe(picture[picture.index("<svg") :])  # noqa: S308  drawn here, from base64
