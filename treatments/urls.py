from django.urls import path

from treatments.views import aftercare, appointments, learn, session_form, sessions

urlpatterns = [
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/add/", session_form.session, name="add_session"),
    path("sessions/booking/", appointments.booking, name="booking"),
    path("sessions/booking/cancel/", appointments.cancel_booking, name="cancel_booking"),
    path("sessions/booking/answer/", appointments.answer_booking, name="answer_booking"),
    path("sessions/booking/appointment.ics", appointments.appointment_file, name="appointment_file"),
    path("sessions/calendar/", appointments.calendar, name="calendar"),
    path("sessions/calendar/close/", appointments.close_calendar, name="close_calendar"),
    path("calendar/<str:token>.ics", appointments.feed, name="calendar_feed"),
    path("sessions/<int:pk>/", session_form.session, name="session"),
    path("sessions/<int:pk>/booking/", appointments.reopen_booking, name="reopen_booking"),
    path("sessions/<int:pk>/delete/", sessions.delete_session, name="delete_session"),
    path("sessions/<int:pk>/effects/", aftercare.session_effects, name="session_effects"),
    path("sessions/<int:pk>/effects/answer/", aftercare.answer_effects, name="answer_effects"),
    path("sessions/<int:pk>/goals/", aftercare.goals, name="goals"),
    path("effects/", aftercare.all_effects, name="all_effects"),
    path("effects/<int:pk>/", aftercare.effect, name="effect"),
    path("effects/<int:pk>/delete/", aftercare.delete_effect, name="delete_effect"),
    path("effects/answers/<int:pk>/undo/", aftercare.undo_answer, name="undo_answer"),
    path("learn/", learn.learn, name="learn"),
    path("learn/<slug:slug>/", learn.learn_page, name="learn_page"),
    path("preventives/add/", sessions.preventive, name="add_preventive"),
    path("preventives/<int:pk>/", sessions.preventive, name="preventive"),
    path("preventives/<int:pk>/delete/", sessions.delete_preventive, name="delete_preventive"),
]
