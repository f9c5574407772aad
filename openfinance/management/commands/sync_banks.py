import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.utils import timezone

from openfinance import catalogue, connector_plans, registry, serving, serving_plans
from openfinance.directory import brand_rules, logos, participants, plans
from openfinance.directory.downloads import Downloader, NotFetched
from openfinance.directory.participants import Directory
from openfinance.models import Bank
from openfinance.providers import ProviderError
from openfinance.providers.pluggy import PluggyProvider
from openfinance.providers.pluggy.connectors import Connector
from openfinance.serving_plans import Change, Plan

_MOST_BYTES: Final = 64 << 20
_JSON: Final = ("application/json",)


class Command(BaseCommand):
    help = (
        "Bring the banks up to date with the registry's data file or, with --provider, with who"
        " leads people to them; staff's edits are kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument(
            "--file", type=Path, default=registry.SHIPPED, help="instead of the shipped data file"
        )
        parser.add_argument(
            "--provider",
            choices=(Bank.Provider.BRASIL, Bank.Provider.PLUGGY),
            help="read the participants directory, or Pluggy's connectors, instead of the file",
        )
        parser.add_argument("--from", dest="source", help="a URL or a file of the provider's list")
        parser.add_argument("--yes", action="store_true", help="take banks away without asking")
        parser.add_argument("--logos", action="store_true", help="fetch the directory's logos too")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        match options["provider"]:
            case Bank.Provider.BRASIL:
                self._follow_directory(**options)
            case Bank.Provider.PLUGGY:
                self._follow_pluggy(**options)
            case _:
                self._follow_file(**options)

    def _follow_file(self, **options: Any) -> None:
        for option in ("source", "yes", "logos"):
            if options[option]:
                raise CommandError("--from, --yes and --logos go with --provider.")
        try:
            report = catalogue.sync(path=options["file"], dry_run=options["dry_run"])
        except registry.InvalidRegistry as error:
            raise CommandError(str(error)) from error
        self._report(report)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was written.")

    def _follow_directory(self, **options: Any) -> None:
        source = options["source"] or settings.OPEN_FINANCE_DIRECTORY_URL
        try:
            directory = participants.read(_read(source))
        except participants.InvalidDirectory as error:
            raise CommandError(f"{source}: {error}") from error
        rules, today = brand_rules.shipped(), timezone.localdate()
        self._follow(partial(plans.make, directory, rules=rules, today=today), **options)
        if options["logos"] and not options["dry_run"]:
            self._fetch_logos(directory)

    def _follow_pluggy(self, **options: Any) -> None:
        if options["logos"]:
            raise CommandError("The logos are the directory's: --logos goes with brasil.")
        listed = _connectors(options["source"])
        self._follow(partial(connector_plans.make, listed, today=timezone.localdate()), **options)

    def _follow(self, maker: serving_plans.Make, **options: Any) -> None:
        """Show what would change, ask where something is taken away, and do it."""
        plan = serving_plans.make(maker)
        for line in _lines(plan):
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was written.")
            return
        if plan.takes_away and not options["yes"]:
            if plan.is_shrunken:
                raise CommandError(
                    f"{len(plan.gone)} of {plan.served_before} banks are gone, so the list may be"
                    " cut short. Nothing was written; if it is right, say --yes."
                )
            _ask()
        try:
            serving_plans.carry_out(maker, shown=plan)
        except serving_plans.BanksChanged as error:
            raise CommandError(str(error)) from error

    def _fetch_logos(self, directory: Directory) -> None:
        banks = list(Bank.objects.defer("logo_png").order_by("pk"))
        matches = plans.Matches(banks=banks, rules=brand_rules.shipped())
        matched = [(one.brand, bank) for one, bank in matches.of(directory.brands) if bank]
        for outcome in logos.refresh(matched, downloader=_logo_downloader()):
            if outcome.problem:
                self.stdout.write(f"no logo  {outcome.slug}: {outcome.problem}")
            elif outcome.is_new:
                self.stdout.write(f"logo     {outcome.slug}")

    def _report(self, report: catalogue.Report) -> None:
        for slug in report.created:
            self.stdout.write(f"created  {slug}")
        for change in report.changes:
            self.stdout.write(
                f"updated  {change.slug}: {change.field} {change.old!r} -> {change.new!r}"
            )
        for slug in report.absent:
            self.stdout.write(f"absent   {slug}: not in the file, left as it is")
        self.stdout.write(
            f"{len(report.created)} created, {len(report.updated)} updated,"
            f" {len(report.unchanged)} unchanged, {len(report.absent)} absent"
        )


def _read(source: str) -> bytes:
    """Return what is at a URL or in a file."""
    if "://" in source:
        try:
            return Downloader().fetch(source, most_bytes=_MOST_BYTES, types=_JSON)
        except NotFetched as error:
            raise CommandError(f"{source}: {error}") from error
    try:
        with Path(source).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{source}: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise CommandError(f"{source}: too large")
    return content


def _connectors(source: str | None) -> list[Connector]:
    try:
        if source:
            return connector_plans.read(_read(source))
        adapter = serving.named(Bank.Provider.PLUGGY)
        if not isinstance(adapter, PluggyProvider):
            raise CommandError("pluggy is served by another adapter; name a file with --from.")
        return list(adapter.connectors())
    except serving.NoProvider as error:
        raise CommandError("pluggy is not configured; name a file with --from.") from error
    except (ProviderError, connector_plans.InvalidConnectors) as error:
        raise CommandError(str(error)) from error


def _logo_downloader() -> Downloader:
    return Downloader(total_timeout=20.0)


def _ask() -> None:
    try:
        answer = input("Some banks are taken away or moved. Go on? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise CommandError("Nothing was written. Without anybody to ask, say --yes.")


def _lines(plan: Plan) -> Iterator[str]:
    for fields in plan.created:
        yield f"created  {fields['slug']}: {fields['name']} ({fields['audience']})"
    for change in plan.changes:
        if change.slug not in plan.gone:
            yield from _changed(change)
    for slug in plan.moved:
        yield f"moved    {slug}: another server, where we must register; people connect anew"
    for slug in plan.gone:
        yield f"gone     {slug}: unavailable from now on; its connections stay"
    for slug in plan.left:
        yield f"left     {slug}: staff chose who serves it"
    for problem in plan.problems:
        yield f"problem  {problem}"
    changed = [slug for slug in plan.changed if slug not in plan.gone]
    yield (
        f"{len(plan.created)} created, {len(changed)} updated, {len(plan.unchanged)} unchanged,"
        f" {len(plan.gone)} gone, {len(plan.left)} left, {len(plan.problems)} problems"
    )


def _changed(change: Change) -> Iterator[str]:
    """Tell a change; of a reference, what is different in it."""
    if not isinstance(change.new, dict):
        yield f"updated  {change.slug}: {change.field} {_told(change.old)} -> {_told(change.new)}"
        return
    for key in dict.fromkeys((*change.old, *change.new)):
        old, new = change.old.get(key), change.new.get(key)
        if old != new:
            yield f"updated  {change.slug}: {change.field}.{key} {_told(old)} -> {_told(new)}"


def _told(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
