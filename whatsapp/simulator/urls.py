from django.urls import path

from whatsapp.simulator import control, graph, phones

urlpatterns = [
    path("", phones.page, name="simulator-phones"),
    path("updates", phones.updates, name="simulator-updates"),
    path("messages/<int:pk>/read", phones.read, name="simulator-read"),
    path("faults", control.faults, name="simulator-faults"),
    path("messages", control.messages),
    path("phones", control.phones),
    path("reset", control.reset),
    path("graph/<str:version>/<str:phone_number_id>/messages", graph.messages),
]
