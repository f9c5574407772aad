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
    "accounts.auditevent": Rights(see="AMX"),
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
    "openfinance.notice": Rights(see="SAMX"),
    "openfinance.providerkey": Rights(see="CAMX"),
}

# Pages of our own that are of one person, by their names: who gets them.
OF_A_USER = {
    "accounts_user_new_key": "SMX",
    "auth_user_password_change": "SMX",
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
    # No field of ours is completed by it.
    "autocomplete": 403,
    # No model of ours has a page outside of the admin.
    "view_on_site": 404,
}

# Whose index of an app has anything on it.
APPS = {"accounts": EVERYBODY, "auth": "AMX", "whatsapp": "SCAMX", "openfinance": "SCAMX"}
