from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import phones
from accounts.models import User
from whatsapp import phone_codes
from whatsapp.exceptions import TooManyCodes, WhatsAppError


class Command(BaseCommand):
    help = "Send a user a code by WhatsApp, to prove that the phone on file is theirs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist:
            raise CommandError(f"There is no user {options['email']}.") from None
        if not user.phone:
            raise CommandError("The user has no phone.")
        try:
            phone_codes.send_verification(user=user, phone=user.phone, address="")
        except TooManyCodes as error:
            raise CommandError(f"{error}; again in {error.retry_after} seconds.") from None
        except (phones.InvalidPhone, WhatsAppError) as error:
            raise CommandError(str(error)) from None
        minutes = int(phone_codes.LASTS.total_seconds()) // 60
        self.stdout.write(f"A code goes to {phones.mask(user.phone)}, good for {minutes} minutes.")
