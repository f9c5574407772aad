from accounts.admin.audit import AuditEventAdmin
from accounts.admin.keys import ApiKeyAdmin
from accounts.admin.plans import PlanAdmin
from accounts.admin.subscriptions import SubscriptionAdmin
from accounts.admin.users import UserAdmin

__all__ = ["ApiKeyAdmin", "AuditEventAdmin", "PlanAdmin", "SubscriptionAdmin", "UserAdmin"]
