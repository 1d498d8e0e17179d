from django.urls import path

from exchange import views

urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/export/", views.export_data, name="export_data"),
    path("data/import/<int:pk>/", views.import_draft, name="import_draft"),
    path("data/import/<int:pk>/columns/", views.import_columns, name="import_columns"),
    path("data/import/<int:pk>/apply/", views.apply_import, name="apply_import"),
    path("data/import/<int:pk>/undo/", views.undo_import, name="undo_import"),
    path("data/import/<int:pk>/discard/", views.discard_import, name="discard_import"),
]
