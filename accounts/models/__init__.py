from accounts.models.api_keys import ApiKey
from accounts.models.audit import AuditChain, AuditEvent, AuditPlace
from accounts.models.audit_seals import AuditSeal, AuditSealDelivery, AuditSealedHead
from accounts.models.phones import PhoneVerification
from accounts.models.plans import ConnectionRoute, Plan, PlanBenefit, Subscription
from accounts.models.sign_in_links import SignInLink
from accounts.models.staff import StaffDevice, StaffSession
from accounts.models.subscription_changes import SubscriptionChange
from accounts.models.users import User

__all__ = [
    "ApiKey",
    "AuditChain",
    "AuditEvent",
    "AuditPlace",
    "AuditSeal",
    "AuditSealDelivery",
    "AuditSealedHead",
    "ConnectionRoute",
    "PhoneVerification",
    "Plan",
    "PlanBenefit",
    "SignInLink",
    "StaffDevice",
    "StaffSession",
    "Subscription",
    "SubscriptionChange",
    "User",
]
