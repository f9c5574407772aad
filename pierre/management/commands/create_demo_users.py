import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pierre.local import cast


class Command(BaseCommand):
    help = "Create Alice, Bruno, Clara, Davi and an administrator; print their keys as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEVELOPMENT and settings.WHATSAPP_SIMULATOR):
            raise CommandError("The demo users are for development beside the simulator only.")
        self.stdout.write(
            json.dumps(
                {
                    "keys": cast.assemble(),
                    "phones": {person.name.lower(): person.phone for person in cast.CAST},
                    "admin": {"email": cast.ADMIN_EMAIL, "password": cast.administrator()},
                }
            )
        )
