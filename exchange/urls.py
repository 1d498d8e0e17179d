from django.urls import path, re_path

from exchange import views
from exchange.fhir import api, health_links
from exchange.fhir import views as fhir

READ_TYPES = "|".join(api.READ_TYPES)

urlpatterns = [
    path("data/fhir/", fhir.download_bundle, name="download_bundle"),
    path("access/keys/", fhir.add_key, name="add_key"),
    path("access/keys/<int:pk>/end/", fhir.end_key, name="end_key"),
    path("access/links/", fhir.add_link, name="add_link"),
    path("access/links/<int:pk>/", fhir.show_link, name="show_link"),
    path("access/links/<int:pk>/end/", fhir.end_link, name="end_link"),
    path("fhir/metadata", api.metadata, name="fhir_metadata"),
    path("fhir/Patient/<str:pk>/$everything", api.everything, name="fhir_everything"),
    path("fhir/Observation", api.search_observations, name="fhir_observations"),
    re_path(rf"^fhir/(?P<kind>{READ_TYPES})/(?P<pk>[A-Za-z0-9.-]{{1,64}})$", api.read, name="fhir_read"),
    path("shl/file/<str:ticket>/", health_links.file, name="health_link_file"),
    path("shl/<str:token>/", health_links.manifest, name="health_link"),
    path("data/", views.data, name="data"),
    path("data/export/", views.export_data, name="export_data"),
    path("data/import/<int:pk>/", views.import_draft, name="import_draft"),
    path("data/import/<int:pk>/columns/", views.import_columns, name="import_columns"),
    path("data/import/<int:pk>/apply/", views.apply_import, name="apply_import"),
    path("data/import/<int:pk>/undo/", views.undo_import, name="undo_import"),
    path("data/import/<int:pk>/discard/", views.discard_import, name="discard_import"),
]
