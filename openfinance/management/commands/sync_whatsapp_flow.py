import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations

from openfinance import native_flow
from whatsapp import business_account, exceptions, flow_keys, flow_publishing
from whatsapp.models import NativeFlow
from whatsapp.native_flow import definition as flow_json
from whatsapp.native_flow.exceptions import UnusableKey
from whatsapp.providers.management import Management, ManagementError

_NAME = "pierre-escolher-banco"
_ENDPOINT = "/webhooks/whatsapp/flows"


class Command(BaseCommand):
    help = "Publish the WhatsApp Flow that chooses a bank, and the key that opens what it sends."

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PUBLIC_URL:
            raise CommandError("PUBLIC_URL is not set, so the Flow would have no endpoint.")
        definition = native_flow.definition(privacy_url=settings.PRIVACY_URL)
        if problems := flow_json.check(definition):
            raise CommandError("The Flow JSON is invalid:\n" + "\n".join(problems))
        try:
            public_key = flow_keys.load().public_key_pem()
            with business_account.connect() as client:
                row = self._publish(client, definition, public_key)
        except UnusableKey as error:
            raise CommandError(f"WHATSAPP_FLOW_PRIVATE_KEYS: {error}") from error
        except flow_publishing.InvalidFlow as error:
            raise CommandError(f"Meta finds the Flow JSON invalid:\n{error}") from error
        except (exceptions.AccountNotConfigured, ManagementError) as error:
            raise CommandError(str(error)) from error
        if row.status != NativeFlow.Status.PUBLISHED:
            self.stderr.write(f"Meta has the Flow as {row.status}: people get the list instead.")
            sys.exit(1)

    def _publish(
        self, client: Management, definition: dict[str, object], public_key: str
    ) -> NativeFlow:
        return flow_publishing.publish(
            flow_publishing.Publication(
                client=client,
                name=_NAME,
                definition=definition,
                endpoint_uri=f"{settings.PUBLIC_URL}{_ENDPOINT}",
                public_key_pem=public_key,
                report=self.stdout.write,
            )
        )
