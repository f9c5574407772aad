from django.urls import path

from openfinance.sandbox_bank import control
from openfinance.sandbox_bank.api import accounts, consents
from openfinance.sandbox_bank.oauth import token
from openfinance.sandbox_bank.pages import entrance, visiting

_CONSENTS = "<brand:brand>/open-banking/consents/v3/consents"

urlpatterns = [
    path("", entrance.index, name="sandbox-bank"),
    path("control/brands", control.brands),
    path("control/customers", control.customers),
    path("control/consents", control.consents),
    path("control/acts", control.acts),
    path("control/reset", control.reset),
    path("<brand:brand>/colours.css", entrance.colours, name="sandbox-bank-colours"),
    path("<brand:brand>/conta", entrance.account, name="sandbox-bank-account"),
    path("<brand:brand>/visita/<str:key>", visiting.visit, name="sandbox-bank-visit"),
    path("<brand:brand>/visita/<str:key>/voltar", visiting.leave, name="sandbox-bank-leave"),
    path("<brand:brand>/oauth/authorize", entrance.authorize),
    path("<brand:brand>/oauth/token", token.token),
    path(_CONSENTS, consents.consents),
    path(f"{_CONSENTS}/<str:urn>", consents.consent),
    path(f"{_CONSENTS}/<str:urn>/extends", consents.extends),
    path(f"{_CONSENTS}/<str:urn>/extensions", consents.history),
    path("<brand:brand>/open-banking/accounts/v2/accounts", accounts.accounts),
]
