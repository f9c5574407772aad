from django.urls import path

from whatsapp.simulator import flow_sheets, phones, replies
from whatsapp.simulator.control import account as account_control
from whatsapp.simulator.control import acts, faults, telling
from whatsapp.simulator.control import phones as phone_control
from whatsapp.simulator.graph import account, flows, messages, nodes, templates

_GRAPH = "graph/<str:version>/<str:node>"

urlpatterns = [
    path("", phones.page, name="simulator-phones"),
    path("updates", phones.updates, name="simulator-updates"),
    path("messages/<int:pk>/read", phones.read, name="simulator-read"),
    path("phones/<int:pk>/say", replies.say, name="simulator-say"),
    path("messages/<int:pk>/row", replies.row, name="simulator-row"),
    path("messages/<int:pk>/button", replies.button, name="simulator-button"),
    path(
        "messages/<int:pk>/template-button",
        replies.template_button,
        name="simulator-template-button",
    ),
    path("messages/<int:pk>/flow", flow_sheets.open_flow, name="simulator-flow"),
    path("flows/<int:pk>/press", flow_sheets.press, name="simulator-flow-press"),
    path("flows/<int:pk>/back", flow_sheets.back, name="simulator-flow-back"),
    path("flows/<int:pk>/retry", flow_sheets.retry, name="simulator-flow-retry"),
    path("flows/<int:pk>/close", flow_sheets.close, name="simulator-flow-close"),
    path("faults", faults.faults, name="simulator-faults"),
    path("telling", telling.telling, name="simulator-telling"),
    path("webhooks", telling.waiting),
    path("webhooks/delivered", telling.delivered),
    path("acts", acts.acts),
    path("messages", phone_control.messages),
    path("phones", phone_control.phones),
    path("templates", account_control.template_status),
    path("flows", account_control.flow_status),
    path("review", account_control.review),
    path("reset", phone_control.reset),
    path(f"{_GRAPH}/messages", messages.send),
    path(f"{_GRAPH}/message_templates", templates.templates),
    path(f"{_GRAPH}/whatsapp_business_encryption", account.encryption),
    path(f"{_GRAPH}/subscribed_apps", account.subscribed_apps),
    path(f"{_GRAPH}/flows", flows.flows),
    path(f"{_GRAPH}/assets", flows.assets),
    path(f"{_GRAPH}/publish", flows.publish),
    path(f"{_GRAPH}/deprecate", flows.deprecate),
    path(_GRAPH, nodes.node),
]
