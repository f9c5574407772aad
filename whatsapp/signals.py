"""What happened on WhatsApp, for those above who care. A receiver's exception undoes the update.

All are sent inside the transaction that records the update: a receiver may write rows and enqueue
messages and jobs, and never calls the network.
"""

from django.dispatch import Signal

# A person wrote: `contact` (models.Contact) and `message` (updates.Message).
message_received = Signal()
# WhatsApp refused a message after accepting it, or in the background: `message`
# (models.OutgoingMessage), whose `next_step` says what may be done about it.
message_refused = Signal()
# Meta told something of our account, its templates or its Flows: `update` (updates.TemplateStatus,
# AccountUpdate or AccountEvent).
account_changed = Signal()
