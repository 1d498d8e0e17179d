from django.urls import path

from progress.dashboard import views as dashboard
from progress.details import cycle_views, methodology, score_views
from progress.details import views as details
from progress.models import Page

urlpatterns = [
    path("progress/", dashboard.progress, name="progress"),
    path("progress/time/", dashboard.progress, {"page": Page.TIME}, name="progress_time"),
    path("progress/medicine/", dashboard.progress, {"page": Page.MEDICINE}, name="progress_medicine"),
    path("progress/treatment/", dashboard.progress, {"page": Page.TREATMENT}, name="progress_treatment"),
    path("progress/scores/", dashboard.progress, {"page": Page.SCORES}, name="progress_scores"),
    path("progress/details/", dashboard.progress, {"page": Page.DETAILS}, name="progress_details"),
    path("progress/figures.json", dashboard.figures_json, name="figures_json"),
    path("progress/how/", methodology.how, name="how"),
    path("progress/compare/", details.comparison, name="compare"),
    path("progress/cycles/", cycle_views.cycles, name="cycles"),
    path("scores/", score_views.scores, name="scores"),
    path("scores/<int:pk>/", score_views.scores, name="score"),
    path("scores/<int:pk>/delete/", score_views.delete_score, name="delete_score"),
]
