from accounts.models.api_keys import ApiKey
from accounts.models.audit import AuditEvent
from accounts.models.phones import PhoneVerification
from accounts.models.plans import ConnectionRoute, Plan, PlanBenefit, Subscription
from accounts.models.sign_in_links import SignInLink
from accounts.models.users import User

__all__ = [
    "ApiKey",
    "AuditEvent",
    "ConnectionRoute",
    "PhoneVerification",
    "Plan",
    "PlanBenefit",
    "SignInLink",
    "Subscription",
    "User",
]
