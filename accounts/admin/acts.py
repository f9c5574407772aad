"""The acts as a person's trail tells them: who, then this, then on what."""

from django.db import models

from accounts.models import AuditEvent

Act = AuditEvent.Act


class Did(models.TextChoices):
    """What somebody did, after their name; the values are the acts."""

    CONSENT_AGREED = Act.CONSENT_AGREED, "confirmou o consentimento"
    CONSENT_MOVED = Act.CONSENT_MOVED, "mudou a situação do consentimento"
    CONSENT_EXTENDED = Act.CONSENT_EXTENDED, "pediu a prorrogação do consentimento"
    REVOCATION_REQUESTED = Act.REVOCATION_REQUESTED, "pediu o cancelamento do consentimento"
    BANK_VISITED = Act.BANK_VISITED, "foi para a página do banco"
    BANK_RETURNED = Act.BANK_RETURNED, "voltou da página do banco"
    TOKENS_STORED = Act.TOKENS_STORED, "guardou os tokens do banco"
    TOKENS_RENEWED = Act.TOKENS_RENEWED, "renovou os tokens do banco"
    TOKENS_ERASED = Act.TOKENS_ERASED, "apagou os tokens do banco"
    DECRYPTED = Act.DECRYPTED, "leu um dado cifrado"
    CONNECTIONS_READ = Act.CONNECTIONS_READ, "consultou as conexões"
    LINK_OPENED = Act.LINK_OPENED, "abriu o link"
    FLOW_STARTED = Act.FLOW_STARTED, "pediu o fluxo de conexão"
    KEY_ISSUED = Act.KEY_ISSUED, "criou uma chave de API"
    KEY_ROLLED = Act.KEY_ROLLED, "trocou uma chave de API"
    KEY_REVOKED = Act.KEY_REVOKED, "revogou uma chave de API"
    EMAIL_CHANGED = Act.EMAIL_CHANGED, "alterou o e-mail"
    PHONE_CHANGED = Act.PHONE_CHANGED, "alterou o telefone"
    PHONE_CODE_SENT = Act.PHONE_CODE_SENT, "pediu um código por WhatsApp"
    PHONE_CODE_REFUSED = Act.PHONE_CODE_REFUSED, "teve um código recusado"
    PHONE_VERIFIED = Act.PHONE_VERIFIED, "verificou o telefone"
    PHONE_LOST = Act.PHONE_LOST, "registrou que o telefone deixou de ser da pessoa"
    PLAN_CHANGED = Act.PLAN_CHANGED, "alterou o plano"
    SUBSCRIPTION_CHANGED = Act.SUBSCRIPTION_CHANGED, "alterou a assinatura"
    SIGNED_IN = Act.SIGNED_IN, "entrou na conta"
    SIGN_IN_REFUSED = Act.SIGN_IN_REFUSED, "teve a entrada recusada"
    SIGNED_OUT = Act.SIGNED_OUT, "saiu da conta"
    SECOND_FACTOR_CHANGED = Act.SECOND_FACTOR_CHANGED, "alterou o segundo fator"
    ROLES_CHANGED = Act.ROLES_CHANGED, "alterou os papéis"
    PERSONAL_DATA_SEEN = Act.PERSONAL_DATA_SEEN, "consultou um dado pessoal"
    TRAIL_READ = Act.TRAIL_READ, "consultou a trilha"
    DATA_EXPORTED = Act.DATA_EXPORTED, "exportou os dados"
    ERASURE_REQUESTED = Act.ERASURE_REQUESTED, "pediu a exclusão dos dados"
    DATA_ERASED = Act.DATA_ERASED, "excluiu os dados"


class By(models.TextChoices):
    """By which way an act came, as `origins.Origin.channel` has it."""

    API = "api", "pela API"
    MCP = "mcp", "por MCP"
    PAGE = "page", "pela página"
    WHATSAPP = "whatsapp", "pelo WhatsApp"
    WEBHOOK = "webhook", "por um aviso recebido"
    ADMIN = "admin", "pelo painel"
    ACCOUNT = "account", "pela página da conta"
    JOB = "job", "em segundo plano"
    COMMAND = "command", "pela linha de comando"
