"""A trip to Pluggy's widget, made and ended, for tests of what comes of it."""

from openfinance.providers import Departure, Granted, ProviderError
from tests.openfinance.pluggy.person import PluggyWorld


def finish(world: PluggyWorld, departure: Departure, item_id: str, **more: str) -> Granted:
    return world.provider.finish(
        bank=world.bank,
        returned={"state": departure.state, "item_id": item_id, **more},
        remembered=departure.remembered,
    )


def refusal(world: PluggyWorld, departure: Departure, item_id: str, **more: str) -> ProviderError:
    """Finish what has to fail, and return why it did."""
    try:
        finish(world, departure, item_id, **more)
    except ProviderError as error:
        return error
    raise AssertionError("it was granted")


def connect(world: PluggyWorld) -> Granted:
    """Let Alice connect, with nothing wrong."""
    departure = world.provider.start(world.request())
    return finish(world, departure, world.go(departure)["item_id"])
