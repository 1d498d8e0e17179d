from django.urls import path

from headaches import device_views, several_views, step_views, views

urlpatterns = [
    path("worker.js", device_views.service_worker, name="service_worker"),
    path("manifest.webmanifest", device_views.manifest, name="manifest"),
    path("offline/", device_views.offline, name="offline"),
    path("diary/device/", device_views.device_facts, name="device_facts"),
    path("diary/sync/", device_views.sync, name="sync"),
    path("diary/dismiss/", views.dismiss, name="dismiss_toast"),
    path("diary/choose/<str:date>/", device_views.choose, name="choose"),
    path("diary/", views.month, name="diary"),
    path("diary/answer/", views.answer, name="answer"),
    path("diary/catch-up/", several_views.catch_up, name="catch_up"),
    path("diary/catch-up/undo/", several_views.undo_stretch, name="undo_stretch"),
    path("diary/take/", views.take, name="take"),
    path("diary/undo/<int:pk>/", views.undo, name="undo"),
    path("diary/day/<str:date>/", views.day, name="day"),
    path("diary/day/<str:date>/ask/<str:name>/", step_views.step, name="day_step"),
    path("diary/day/<str:date>/clear/", views.clear, name="clear"),
    path("diary/<str:month>/", views.month, name="month"),
    path("medicines/", views.medicines, name="medicines"),
    path("medicines/<int:pk>/delete/", views.delete_medicine, name="delete_medicine"),
]
