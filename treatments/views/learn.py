"""Ten short pages about the treatment. They show no personal data, so they are open to everybody."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe


@dataclass(frozen=True, slots=True)
class LearnPage:
    """One page: its address, its title, and its template."""

    slug: str
    title: str | Promise

    @property
    def template(self) -> str:
        return f"treatments/learn/{self.slug}.html"


PAGES = (
    LearnPage("what-is-chronic-migraine", _("What chronic migraine is")),
    LearnPage("how-botox-prevents", _("How Botox prevents, and why it does not relieve")),
    LearnPage("the-day-and-the-sites", _("The day of the injections, and the sites")),
    LearnPage("what-to-expect-when", _("What to expect when")),
    LearnPage("not-everyone-responds", _("Not everyone responds, and what else there is")),
    LearnPage("side-effects", _("Side effects, and when to call")),
    LearnPage("a-diary-that-counts", _("Keeping a diary that counts")),
    LearnPage("medicine-days", _("Medicine days, and why they matter")),
    LearnPage("reading-your-chart", _("Reading your chart")),
    LearnPage("preparing-the-visit", _("Preparing for the visit")),
)


@login_not_required
@require_safe
def learn(request: HttpRequest) -> HttpResponse:
    """List the pages."""
    return render(request, "treatments/learn/index.html", {"pages": PAGES})


@login_not_required
@require_safe
def learn_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one page with links to its neighbours; 404 for an unknown one."""
    slugs = [page.slug for page in PAGES]
    if slug not in slugs:
        raise Http404
    position = slugs.index(slug)
    context = {
        "learned": PAGES[position],
        "earlier": PAGES[position - 1] if position else None,
        "later": PAGES[position + 1] if position + 1 < len(PAGES) else None,
    }
    return render(request, PAGES[position].template, context)
