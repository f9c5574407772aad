from accounts.models.api_keys import ApiKey
from accounts.models.audit import AuditEvent
from accounts.models.plans import ConnectionRoute, Plan, PlanBenefit, Subscription
from accounts.models.subscription_changes import SubscriptionChange
from accounts.models.users import User

__all__ = [
    "ApiKey",
    "AuditEvent",
    "ConnectionRoute",
    "Plan",
    "PlanBenefit",
    "Subscription",
    "SubscriptionChange",
    "User",
]
