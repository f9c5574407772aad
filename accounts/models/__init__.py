from accounts.models.api_keys import ApiKey
from accounts.models.audit import AuditEvent
from accounts.models.plans import ConnectionRoute, Plan, PlanBenefit, Subscription
from accounts.models.staff import StaffDevice, StaffSession
from accounts.models.users import User

__all__ = [
    "ApiKey",
    "AuditEvent",
    "ConnectionRoute",
    "Plan",
    "PlanBenefit",
    "StaffDevice",
    "StaffSession",
    "Subscription",
    "User",
]
