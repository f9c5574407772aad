"""What Django tells us that concerns staff: who signs in and out, and that tables have changed."""

from django.apps import AppConfig
from django.contrib.auth import signals
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from pierre import roles
from pierre.staff import visits


@receiver(signals.user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Open a session of staff; nobody else signs in by Django's means."""
    if user.is_staff:
        visits.begin(request, user)


@receiver(signals.user_logged_out)
def signed_out(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """End it."""
    visits.leave(request, why="left")


@receiver(post_migrate)
def migrated(sender: AppConfig, **kwargs: object) -> None:
    """Grant the roles what a new version names, once the last of our apps has its permissions.

    Django made them just before, in a receiver that was connected earlier.
    """
    if sender.label == roles.APPS[-1]:
        roles.grant()
