"""WhatsApp Flows: the encrypted exchange with the phone, and the JSON that defines the screens.

Nothing here reads settings or rows, or knows what the screens are about.
"""
