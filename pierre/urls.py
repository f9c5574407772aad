from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from openfinance import bank_flow, pages, provider_webhooks
from pierre import api, health, plans_page, views
from whatsapp import flow_endpoint, webhooks

urlpatterns = [
    path("tools/api/get-open-finance-connection-flow", views.ConnectionFlowView.as_view()),
    path("tools/api/get-open-finance-connections", views.ConnectionsView.as_view()),
    path("webhooks/whatsapp", webhooks.receive),
    path("webhooks/whatsapp/flows", flow_endpoint.view(bank_flow.respond)),
    path("webhooks/pluggy", provider_webhooks.receive, {"provider": "pluggy"}),
    path("conectar/retorno", pages.come_back),
    path("conectar/resultado/<str:signed>", pages.result, name="result"),
    path("conectar/<str:token>", pages.connect, name="connect"),
    path("conectar/<str:token>/aqui", pages.here, name="here"),
    path("conectar/<str:token>/banco", pages.retry, name="retry"),
    path("conectar/<str:token>/agora-nao", pages.decline, name="decline"),
    path("conectar/<str:token>/prorrogar", pages.extend, name="extend"),
    path("conexoes/<str:token>", pages.connections, name="connections"),
    path("conexoes/<str:token>/<uuid:pk>/desconectar", pages.disconnect, name="disconnect"),
    path("conexoes/<str:token>/<uuid:pk>/renovar", pages.renew, name="renew"),
    path("plans", plans_page.plans, name="plans"),
    path("", include("pierre.self_service.urls")),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("admin/", admin.site.urls),
]
if settings.WHATSAPP_SIMULATOR:
    urlpatterns.append(path("simulator/", include("whatsapp.simulator.urls")))
if settings.OPEN_FINANCE_SANDBOX:
    urlpatterns.append(path("sandbox-bank/", include("openfinance.sandbox_bank.urls")))

handler400 = api.bad_request
handler403 = api.forbidden
handler404 = api.not_found
handler500 = api.server_error
