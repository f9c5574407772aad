"""What `manage.py` runs."""

from collections.abc import Sequence

from django.core.management import execute_from_command_line

from accounts import origins
from accounts.origins import ActorKind, Origin


def run(arguments: Sequence[str]) -> None:
    """Run a management command; `arguments` begin with the program's name, as in sys.argv."""
    name = arguments[1] if len(arguments) > 1 else "help"
    with origins.acting(Origin(kind=ActorKind.COMMAND, actor=name, channel="command")):
        execute_from_command_line(list(arguments))
