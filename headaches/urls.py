from django.urls import path

from headaches.views import catch_up, details, diary, offline

urlpatterns = [
    path("worker.js", offline.service_worker, name="service_worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("offline/", offline.offline, name="offline"),
    path("diary/device/", offline.device_facts, name="device_facts"),
    path("diary/sync/", offline.sync, name="sync"),
    path("diary/dismiss/", diary.dismiss, name="dismiss_toast"),
    path("diary/choose/<str:date>/", offline.choose, name="choose"),
    path("diary/", diary.month, name="diary"),
    path("diary/answer/", diary.answer, name="answer"),
    path("diary/catch-up/", catch_up.catch_up, name="catch_up"),
    path("diary/catch-up/undo/", catch_up.undo_range, name="undo_range"),
    path("diary/take/", diary.take, name="take"),
    path("diary/attack/", diary.attack, name="attack"),
    path("diary/relief/", diary.relieve, name="relieve"),
    path("diary/undo/<int:pk>/", diary.undo, name="undo"),
    path("diary/day/<str:date>/", diary.day, name="day"),
    path("diary/day/<str:date>/ask/<str:name>/", details.step, name="day_step"),
    path("diary/day/<str:date>/clear/", diary.clear, name="clear"),
    path("diary/<str:month>/", diary.month, name="month"),
    path("medicines/", diary.medicines, name="medicines"),
    path("medicines/<int:pk>/delete/", diary.delete_medicine, name="delete_medicine"),
]
