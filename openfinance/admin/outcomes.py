"""What staff read of a trip to a bank that came to nothing."""

from collections.abc import Mapping
from typing import Final

from openfinance.providers import Reason

WORDS: Final[Mapping[Reason, str]] = {
    Reason.BANK_DOWN: "O banco não respondeu",
    Reason.BANK_BUSY: "O banco pediu para esperar",
    Reason.NO_ANSWER: "A resposta do banco se perdeu",
    Reason.BAD_ANSWER: "Resposta do banco fora da especificação",
    Reason.REFUSED: "Recusado no banco",
    Reason.BANK_ERROR: "Erro do banco",
    Reason.REQUEST_EXPIRED: "Chegou tarde ao banco",
    Reason.CONSENT_ENDED: "O consentimento já tinha acabado",
    Reason.CONSENT_TAKEN: "O consentimento já tinha sido aprovado",
    Reason.CONSENT_UNKNOWN: "O banco não conhece o consentimento",
    Reason.ACCESS_LOST: "O acesso se perdeu: a pessoa precisa voltar ao banco",
    Reason.WRONG_STATE: "Volta recusada: state",
    Reason.WRONG_ISSUER: "Volta recusada: emissor",
    Reason.WRONG_AUDIENCE: "Volta recusada: destinatário",
    Reason.WRONG_NONCE: "Volta recusada: nonce",
    Reason.WRONG_CODE_HASH: "Volta recusada: c_hash",
    Reason.WRONG_STATE_HASH: "Volta recusada: s_hash",
    Reason.WRONG_ACCESS_HASH: "Volta recusada: at_hash",
    Reason.WRONG_SUBJECT: "Volta recusada: outra pessoa",
    Reason.WRONG_ALGORITHM: "Volta recusada: algoritmo",
    Reason.WRONG_SIGNATURE: "Volta recusada: assinatura",
    Reason.WRONG_AUTHENTICATION: "Volta recusada: autenticação",
    Reason.NOT_ENCRYPTED: "Volta recusada: sem cifra",
    Reason.NOT_OURS: "Volta recusada: cifrada para outra chave",
    Reason.EXPIRED: "Volta recusada: vencida",
    Reason.FROM_FUTURE: "Volta recusada: do futuro",
    Reason.MALFORMED: "Volta recusada: ilegível",
    Reason.CODE_REFUSED: "O banco recusou o código",
    Reason.NOTHING_TO_SHARE: "O banco não oferece esses dados",
    Reason.BUSINESS_MISSING: "Falta o CNPJ",
    Reason.BUSINESS_PERMISSIONS: "Permissões de empresa",
    Reason.PERSON_AND_BUSINESS: "Permissões de pessoa e empresa juntas",
    Reason.INCOMPLETE_GROUP: "Grupo de permissões incompleto",
    Reason.WRONG_TERM: "Prazo recusado pelo banco",
    Reason.SEVERAL_APPROVERS: "Precisa de mais de uma aprovação",
    Reason.NOT_EXTENDABLE: "Não pode ser prorrogado",
    Reason.UNPROCESSABLE: "Recusado pelo banco sem motivo conhecido",
    Reason.CLIENT_REFUSED: "O banco recusou o nosso cadastro: ver certificados e chaves",
    Reason.REQUEST_REFUSED: "O banco recusou o nosso pedido",
    Reason.UNSAFE_ADDRESS: "Endereço que não é de um banco",
    Reason.MISCONFIGURED: "Referência do banco errada: ver o cadastro dele",
    Reason.STALE_STATEMENT: "Software statement velho",
}


def explain(code: str) -> str:
    """Return the words for a code of `Reason`; "" for "", and an unknown one as it is."""
    return WORDS[Reason(code)] if code in WORDS else code
