from django.urls import path

from clinic import views
from progress.details import cycle_views, methodology
from progress.details import views as details

urlpatterns = [
    path("patients/", views.patients, name="patients"),
    path("patients/<str:key>/", views.patient, name="patient"),
    path("patients/<str:key>/how/", methodology.how, name="patient_how"),
    path("patients/<str:key>/cycles/", cycle_views.cycles, name="patient_cycles"),
    path("patients/<str:key>/compare/", details.comparison, name="patient_compare"),
]
