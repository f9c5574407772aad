from django.contrib import admin

from accounts import phones
from whatsapp.models import Contact


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin[Contact]):
    """Who asked to receive nothing."""

    list_display = ("masked_phone", "opted_out_at")
    list_filter = (("opted_out_at", admin.EmptyFieldListFilter),)

    @admin.display(description="telefone")
    def masked_phone(self, contact: Contact) -> str:
        return phones.mask(contact.phone or "")
