from django.urls import path

from clinic import views
from clinic.documents import views as documents
from clinic.payers import views as payers
from progress.details import cycle_views, methodology
from progress.details import views as details
from progress.models import Page

urlpatterns = [
    path("progress/report.pdf", documents.report, name="report"),
    path("progress/payers/", payers.payers, name="payers"),
    path("patients/", views.patients, name="patients"),
    path("patients/<str:key>/", views.patient, name="patient"),
    path("patients/<str:key>/time/", views.patient, {"page": Page.TIME}, name="patient_time"),
    path("patients/<str:key>/medicine/", views.patient, {"page": Page.MEDICINE}, name="patient_medicine"),
    path("patients/<str:key>/treatment/", views.patient, {"page": Page.TREATMENT}, name="patient_treatment"),
    path("patients/<str:key>/scores/", views.patient, {"page": Page.SCORES}, name="patient_scores"),
    path("patients/<str:key>/details/", views.patient, {"page": Page.DETAILS}, name="patient_details"),
    path("patients/<str:key>/how/", methodology.how, name="patient_how"),
    path("patients/<str:key>/cycles/", cycle_views.cycles, name="patient_cycles"),
    path("patients/<str:key>/compare/", details.comparison, name="patient_compare"),
    path("patients/<str:key>/report.pdf", documents.report, name="patient_report"),
    path("patients/<str:key>/letter/", documents.letter, name="patient_letter"),
    path("patients/<str:key>/payers/", payers.payers, name="patient_payers"),
]
