from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from accounts import encryption, rotation, sealed


class Command(BaseCommand):
    help = (
        "Seal everything again under the first of ENCRYPTION_KEYS, while the service runs."
        " Afterwards the older keys are not needed any more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            current = encryption.box().current
            for model, field in sealed.columns():
                self._tell(model, field.name, sealed.reseal(model, field.name))
            for column in rotation.columns():
                self._tell(column.model, column.name, rotation.reseal(column))
        except (encryption.UnusableKeys, encryption.Unreadable) as error:
            raise CommandError(f"{error}. What was done before stays done.") from error
        self.stdout.write(f"Everything is under key {current}; older keys may be taken out.")

    def _tell(self, model: type[Model], name: str, count: int) -> None:
        self.stdout.write(f"{model._meta.label}.{name}: {count} sealed again")
