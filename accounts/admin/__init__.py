from accounts.admin.audit import AuditEventAdmin
from accounts.admin.groups import GroupAdmin
from accounts.admin.keys import ApiKeyAdmin
from accounts.admin.plans import PlanAdmin
from accounts.admin.sessions import StaffSessionAdmin
from accounts.admin.users import UserAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditEventAdmin",
    "GroupAdmin",
    "PlanAdmin",
    "StaffSessionAdmin",
    "UserAdmin",
]
