from django.urls import path

from progress import views, workings

urlpatterns = [
    path("", views.home, name="home"),
    path("progress/", views.progress, name="progress"),
    path("progress/figures.json", views.figures_json, name="figures_json"),
    path("progress/how/", workings.how, name="how"),
    path("progress/compare/", workings.comparison, name="compare"),
    path("patients/", views.patients, name="patients"),
    path("patients/<str:key>/", views.patient, name="patient"),
    path("patients/<str:key>/how/", workings.how, name="patient_how"),
    path("patients/<str:key>/compare/", workings.comparison, name="patient_compare"),
]
