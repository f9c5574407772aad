from openfinance.admin.banks import BankAdmin
from openfinance.admin.connections import ConnectionAdmin
from openfinance.admin.consents import AttemptAdmin, ConsentAdmin, ConsentTextAdmin
from openfinance.admin.flows import FlowAdmin
from openfinance.admin.kept_proofs import KeptProofAdmin
from openfinance.admin.notices import NoticeAdmin
from openfinance.admin.provider_keys import ProviderKeyAdmin
from openfinance.admin.users import UserWithFlowsAdmin

__all__ = [
    "AttemptAdmin",
    "BankAdmin",
    "ConnectionAdmin",
    "ConsentAdmin",
    "ConsentTextAdmin",
    "FlowAdmin",
    "KeptProofAdmin",
    "NoticeAdmin",
    "ProviderKeyAdmin",
    "UserWithFlowsAdmin",
]
