from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from openfinance import bank_flow, pages
from pierre import api, health, views
from whatsapp import flow_endpoint, webhooks

# There is no site beside the admin for staff to go and see.
admin.site.site_url = None
admin.site.index_title = "Administração"

urlpatterns = [
    path("tools/api/get-open-finance-connection-flow", views.ConnectionFlowView.as_view()),
    path("webhooks/whatsapp", webhooks.receive),
    path("webhooks/whatsapp/flows", flow_endpoint.view(bank_flow.respond)),
    path("conectar/<str:token>", pages.connect),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("admin/", admin.site.urls),
]
if settings.WHATSAPP_SIMULATOR:
    urlpatterns.append(path("simulator/", include("whatsapp.simulator.urls")))

handler400 = api.bad_request
handler403 = api.forbidden
handler404 = api.not_found
handler500 = api.server_error
