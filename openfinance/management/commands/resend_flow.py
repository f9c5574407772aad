import getpass
import sys
from argparse import ArgumentTypeError
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from accounts import durations
from accounts.models import User
from openfinance import resending
from openfinance.models import Flow


class Command(BaseCommand):
    help = "Send a user's connection flow again."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("flow", nargs="?", type=UUID, help="id of a flow")
        which.add_argument("--user", metavar="EMAIL", help="the user with this e-mail")
        which.add_argument(
            "--failed-since",
            metavar="AGE",
            type=_age,
            help="every user whose last flow failed within this time: 2h, 30m, 1d",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--yes", action="store_true", help="do not ask before several")
        parser.add_argument(
            "--force", action="store_true", help="override the anti-spam rule; your name is kept"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        users = self._users(options)
        forced_by = getpass.getuser() if options["force"] else ""
        self._announce(users, forced_by)
        if options["dry_run"] or not users:
            return
        if len(users) > 1 and not options["yes"]:
            self._ask(len(users))
        bar = tqdm(users, desc="Sending", unit="flow", file=sys.stderr)
        outcomes = [resending.resend(user=user, forced_by=forced_by) for user in bar]
        self._report(outcomes)
        if not all(outcome.result.is_success for outcome in outcomes):
            sys.exit(1)

    def _users(self, options: dict[str, Any]) -> list[User]:
        if options["failed_since"]:
            return resending.failed_since(timezone.now() - options["failed_since"])
        try:
            if options["user"]:
                return [User.objects.get_by_natural_key(options["user"])]
            return [Flow.objects.live().select_related("user").get(pk=options["flow"]).user]
        except User.DoesNotExist:
            raise CommandError(f"There is no user {options['user']}.") from None
        except Flow.DoesNotExist:
            raise CommandError(f"There is no flow {options['flow']}.") from None

    def _announce(self, users: list[User], forced_by: str) -> None:
        how = f"forced by {forced_by}" if forced_by else "under the anti-spam rule"
        self.stdout.write(f"{len(users)} to send, {how}:")
        for user in users:
            reason = "" if forced_by else resending.why_not(user)
            self.stdout.write(f"  {user.email}" + (f"  refused: {reason}" if reason else ""))

    def _ask(self, count: int) -> None:
        if input(f"Send {count} messages? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise CommandError("Nothing was sent.")

    def _report(self, outcomes: list[resending.Outcome]) -> None:
        width = max(len(outcome.user.email) for outcome in outcomes)
        self.stdout.write(f"\n{'USER':<{width}}  {'RESULT':<12}  FLOW / WHY")
        for outcome in outcomes:
            flow = str(outcome.flow.pk) if outcome.flow else ""
            why = " ".join(filter(None, (flow, outcome.detail)))
            self.stdout.write(f"{outcome.user.email:<{width}}  {outcome.result:<12}  {why}")
        totals = Counter(outcome.result for outcome in outcomes)
        self.stdout.write(", ".join(f"{count} {result}" for result, count in totals.items()))


def _age(text: str) -> timedelta:
    try:
        return durations.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
