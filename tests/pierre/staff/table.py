"""Who of the staff may do what in the admin, page by page: a new page wants a line here.

S support, C catalogue, F finance, A auditor, M administrator, N staff of no role, X superuser.
"""

from dataclasses import dataclass, field

from pierre.roles import Role

ROLES = {
    "S": Role.SUPPORT,
    "C": Role.CATALOGUE,
    "F": Role.FINANCE,
    "A": Role.AUDITOR,
    "M": Role.ADMINISTRATOR,
}
EVERYBODY = "SCFAMNX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Who sees a model's list, pages and history, and who may do what there."""

    see: str
    add: str = ""
    change: str = ""
    delete: str = ""
    actions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A page of our own about a row of a model: who gets it, and what else is in its address."""

    of: str
    who: str
    more: tuple[str, ...] = ()
    is_posted: bool = False


MODELS = {
    "accounts.user": Rights(
        see="SFAMX",
        add="MX",
        change="SMX",
        actions={"start_flow": "SMX", "reset_second_factor": "MX"},
    ),
    "accounts.apikey": Rights(see="SAMX", change="SMX", actions={"revoke": "SMX"}),
    "accounts.plan": Rights(
        see="SFAMX", add="FMX", change="FMX", delete="FMX", actions={"delete_selected": "FMX"}
    ),
    "accounts.subscription": Rights(see="SFAMX", add="FMX", change="FMX"),
    "accounts.auditevent": Rights(see="AMX"),
    "accounts.auditseal": Rights(see="AMX"),
    "accounts.staffsession": Rights(see=EVERYBODY, actions={"end": EVERYBODY}),
    "auth.group": Rights(see="AMX"),
    "whatsapp.backgroundjob": Rights(see="AMX", actions={"try_again": "MX"}),
    "whatsapp.businessnumber": Rights(see="AMX", actions={"resume": "MX"}),
    "whatsapp.contact": Rights(see="SAMX", actions={"opt_out": "SMX"}),
    "whatsapp.incomingupdate": Rights(see="AMX", actions={"replay": "MX"}),
    "whatsapp.messagetemplate": Rights(see="CAMX"),
    "whatsapp.nativeflow": Rights(see="CAMX"),
    "whatsapp.outgoingmessage": Rights(see="SAMX"),
    "whatsapp.webhookevent": Rights(see="AMX", actions={"split_again": "MX"}),
    "openfinance.attempt": Rights(see="SAMX"),
    "openfinance.bank": Rights(
        see="SCAMX",
        change="CMX",
        actions=dict.fromkeys(("activate", "deactivate", "move_up", "move_down"), "CMX"),
    ),
    "openfinance.connection": Rights(see="SAMX", actions={"end": "SMX", "check_now": "SMX"}),
    "openfinance.consent": Rights(see="SAMX"),
    "openfinance.consenttext": Rights(see="SAMX"),
    "openfinance.flow": Rights(see="SAMX", actions={"resend": "SMX"}),
    "openfinance.keptproof": Rights(see="AMX"),
    "openfinance.notice": Rights(see="SAMX"),
    "openfinance.plannotice": Rights(see="SAMX"),
    "openfinance.providerkey": Rights(see="CAMX"),
}

# Pages of our own, by their names. What shows something in full is in answer to a POST alone.
OWN = {
    "accounts_user_new_key": Own(of="accounts.user", who="SMX"),
    "accounts_user_send_code": Own(of="accounts.user", who="SMX"),
    "accounts_user_trail": Own(of="accounts.user", who="AMX"),
    "accounts_user_export": Own(of="accounts.user", who="MX"),
    "accounts_user_erase": Own(of="accounts.user", who="MX"),
    "accounts_user_reveal": Own(of="accounts.user", who="SMX", more=("phone",), is_posted=True),
    "auth_user_password_change": Own(of="accounts.user", who="SMX"),
    "accounts_apikey_roll": Own(of="accounts.apikey", who="SMX"),
    "accounts_subscription_act": Own(of="accounts.subscription", who="FMX", more=("renew",)),
    "whatsapp_contact_reveal": Own(
        of="whatsapp.contact", who="SMX", more=("phone",), is_posted=True
    ),
    "whatsapp_outgoingmessage_reveal": Own(
        of="whatsapp.outgoingmessage", who="SMX", more=("phone",), is_posted=True
    ),
    "openfinance_consent_reveal": Own(
        of="openfinance.consent", who="SMX", more=("cpf",), is_posted=True
    ),
}
# What a page of the site wants to be asked. Only whose a new subscription is gets completed.
QUERIES = {
    "autocomplete": "?app_label=accounts&model_name=subscription&field_name=user&term=alice",
}

# What the site itself answers to GET, for all of the staff alike.
SITE = {
    "index": 200,
    "password_change": 200,
    "password_change_done": 200,
    "jsi18n": 200,
    # Already in, and with nothing more to prove.
    "login": 302,
    "second_factor": 302,
    # It leaves by POST.
    "logout": 405,
    # No model of ours has a page outside of the admin.
    "view_on_site": 404,
}

# Whose index of an app has anything on it.
APPS = {"accounts": EVERYBODY, "auth": "AMX", "whatsapp": "SCAMX", "openfinance": "SCAMX"}
