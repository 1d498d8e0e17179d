from django.urls import path

from progress import views

urlpatterns = [
    path("", views.home, name="home"),
    path("progress/", views.progress, name="progress"),
    path("progress/figures.json", views.figures_json, name="figures_json"),
    path("patients/", views.patients, name="patients"),
    path("patients/<str:key>/", views.patient, name="patient"),
]
