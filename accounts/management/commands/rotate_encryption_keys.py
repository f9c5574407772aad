from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import encryption, sealed


class Command(BaseCommand):
    help = (
        "Seal everything again under the first of ENCRYPTION_KEYS, while the service runs."
        " Afterwards the older keys are not needed any more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            current = encryption.box().current
            for model, field in sealed.columns():
                count = sealed.reseal(model, field.name)
                self.stdout.write(f"{model._meta.label}.{field.name}: {count} sealed again")
        except (encryption.UnusableKeys, encryption.Unreadable) as error:
            raise CommandError(f"{error}. What was done before stays done.") from error
        self.stdout.write(f"Everything is under key {current}; older keys may be taken out.")
