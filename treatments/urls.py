from django.urls import path

from treatments import session_page, views

urlpatterns = [
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/add/", session_page.session, name="add_session"),
    path("sessions/booking/", views.booking, name="booking"),
    path("sessions/booking/cancel/", views.cancel_booking, name="cancel_booking"),
    path("sessions/<int:pk>/", session_page.session, name="session"),
    path("sessions/<int:pk>/delete/", views.delete_session, name="delete_session"),
    path("preventives/add/", views.preventive, name="add_preventive"),
    path("preventives/<int:pk>/", views.preventive, name="preventive"),
    path("preventives/<int:pk>/delete/", views.delete_preventive, name="delete_preventive"),
]
