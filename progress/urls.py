from django.urls import path

from progress import cycles_page, exchange, scores, views, workings

urlpatterns = [
    path("", views.home, name="home"),
    path("progress/", views.progress, name="progress"),
    path("progress/figures.json", views.figures_json, name="figures_json"),
    path("progress/how/", workings.how, name="how"),
    path("progress/compare/", workings.comparison, name="compare"),
    path("progress/cycles/", cycles_page.cycles, name="cycles"),
    path("scores/", scores.scores, name="scores"),
    path("scores/<int:pk>/", scores.scores, name="score"),
    path("scores/<int:pk>/delete/", scores.delete_score, name="delete_score"),
    path("data/", exchange.data, name="data"),
    path("data/export/", exchange.export_data, name="export_data"),
    path("data/import/<int:pk>/", exchange.import_draft, name="import_draft"),
    path("data/import/<int:pk>/columns/", exchange.import_columns, name="import_columns"),
    path("data/import/<int:pk>/apply/", exchange.apply_import, name="apply_import"),
    path("data/import/<int:pk>/undo/", exchange.undo_import, name="undo_import"),
    path("data/import/<int:pk>/discard/", exchange.discard_import, name="discard_import"),
    path("patients/", views.patients, name="patients"),
    path("patients/<str:key>/", views.patient, name="patient"),
    path("patients/<str:key>/how/", workings.how, name="patient_how"),
    path("patients/<str:key>/cycles/", cycles_page.cycles, name="patient_cycles"),
    path("patients/<str:key>/compare/", workings.comparison, name="patient_compare"),
]
