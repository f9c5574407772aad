from openfinance.admin.banks import BankAdmin
from openfinance.admin.flows import FlowAdmin
from openfinance.admin.users import UserWithFlowsAdmin

__all__ = ["BankAdmin", "FlowAdmin", "UserWithFlowsAdmin"]
