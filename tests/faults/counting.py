"""What must be true after everything was killed, as counts in the database that is left."""

from dataclasses import dataclass

import psycopg

# Each must be zero. A message that was refused, and so replaced, has no row on a phone.
_WRONGS = {
    "messages that reached a phone twice": """
        SELECT count(*) FROM (
            SELECT callback_data FROM simulator_simulatedmessage
            WHERE NOT is_from_person GROUP BY callback_data HAVING count(*) > 1) twice""",
    "flows with two messages on a phone": """
        WITH RECURSIVE sent AS (
            SELECT f.id AS flow, f.message_id FROM openfinance_flow f
            UNION
            SELECT s.flow, m.replaces_id FROM sent s
            JOIN whatsapp_outgoingmessage m ON m.id = s.message_id
            WHERE m.replaces_id IS NOT NULL)
        SELECT count(*) FROM (
            SELECT s.flow FROM sent s JOIN simulator_simulatedmessage p
                ON p.callback_data = s.message_id::text
            GROUP BY s.flow HAVING count(*) > 1) twice""",
    "links sent twice for one choice": """
        SELECT count(*) FROM (
            SELECT message_id FROM openfinance_connectionlink
            GROUP BY message_id HAVING count(*) > 1) twice""",
    "messages that nobody is sending any more": """
        SELECT count(*) FROM whatsapp_outgoingmessage WHERE status IN ('queued', 'sending')""",
    "messages on a phone that we take for not sent": """
        SELECT count(*) FROM simulator_simulatedmessage p
        JOIN whatsapp_outgoingmessage m ON m.id::text = p.callback_data
        WHERE NOT p.is_from_person AND m.status = 'failed'""",
    "updates that were taken and are not processed": """
        SELECT count(*) FROM whatsapp_incomingupdate WHERE processed_at IS NULL""",
    "webhooks that were taken and are not read": """
        SELECT count(*) FROM whatsapp_webhookevent WHERE split_at IS NULL""",
}
_COUNTS = {
    "flows": "SELECT count(*) FROM openfinance_flow",
    "messages": "SELECT count(*) FROM whatsapp_outgoingmessage",
    "messages on phones": """
        SELECT count(*) FROM simulator_simulatedmessage WHERE NOT is_from_person""",
    "links": "SELECT count(*) FROM openfinance_connectionlink",
    "updates": "SELECT count(*) FROM whatsapp_incomingupdate",
    "settled by webhook or answer": """
        SELECT count(*) FROM whatsapp_outgoingmessage WHERE status = 'accepted'""",
    "still unknown": """
        SELECT count(*) FROM whatsapp_outgoingmessage WHERE status = 'unknown'""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`counts` to read, `wrongs` to be all zero; both by what they count."""

    counts: dict[str, int]
    wrongs: dict[str, int]

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was lost and nothing doubled."""
        return not any(self.wrongs.values())


def count(connection: psycopg.Connection, acknowledged: set[str]) -> Report:
    """Count; `acknowledged` are the keys of the updates that the simulator was told 200 for."""
    wrongs = {name: _one(connection, sql) for name, sql in _WRONGS.items()}
    known = {
        key for (key,) in connection.execute("SELECT key FROM whatsapp_incomingupdate").fetchall()
    }
    wrongs["updates answered 200 and lost"] = len(acknowledged - known)
    counts = {name: _one(connection, sql) for name, sql in _COUNTS.items()}
    return Report(counts=counts, wrongs=wrongs)


def _one(connection: psycopg.Connection, sql: str) -> int:
    row = connection.execute(sql.encode()).fetchone()
    return int(row[0]) if row else 0
