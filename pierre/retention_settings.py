"""For how long each kind of record is kept, read from the environment."""

from pierre import env


def periods() -> dict[str, int]:
    """Return the days, by the keys of accounts.processing.Retention."""
    return {
        # Meta repeats a webhook for up to seven days.
        "webhooks": env.whole("RETENTION_WEBHOOKS_DAYS", 30, least=8),
        "messages": env.whole("RETENTION_MESSAGES_DAYS", 365, least=30),
        "links": env.whole("RETENTION_LINKS_DAYS", 180, least=1),
        # The caps on codes look back for a day.
        "codes": env.whole("RETENTION_CODES_DAYS", 30, least=2),
        "contacts": env.whole("RETENTION_CONTACTS_DAYS", 365, least=30),
        "consents": env.whole("RETENTION_CONSENTS_DAYS", 5 * 366, least=1),
        "proof": env.whole("RETENTION_PROOF_DAYS", 5 * 366, least=1),
        "keys": env.whole("RETENTION_KEYS_DAYS", 365, least=1),
        # As long as somebody may claim what was paid (Código Civil, art. 206, § 5º; CDC, art. 27).
        "subscriptions": env.whole("RETENTION_SUBSCRIPTIONS_DAYS", 5 * 366, least=1),
        # Marco Civil da Internet, art. 15: six months, and not less.
        "places": env.whole("RETENTION_PLACES_DAYS", 184, least=184),
        "staff_log": env.whole("RETENTION_STAFF_LOG_DAYS", 730, least=1),
    }
