from accounts.admin.audit import AuditEventAdmin
from accounts.admin.groups import GroupAdmin
from accounts.admin.keys import ApiKeyAdmin
from accounts.admin.plans import PlanAdmin
from accounts.admin.seals import AuditSealAdmin
from accounts.admin.sessions import StaffSessionAdmin
from accounts.admin.subscriptions import SubscriptionAdmin
from accounts.admin.users import UserAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditEventAdmin",
    "AuditSealAdmin",
    "GroupAdmin",
    "PlanAdmin",
    "StaffSessionAdmin",
    "SubscriptionAdmin",
    "UserAdmin",
]
