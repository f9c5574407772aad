"""The banks' logos, as their organisations name them in the directory, made safe and small."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from openfinance.directory import names, pictures
from openfinance.directory.downloads import Downloader, NotFetched
from openfinance.directory.participants import Brand
from openfinance.directory.vector_pictures import UnsafePicture
from openfinance.models import Bank

_MOST_BYTES: Final = 1 << 20
_TYPES: Final = ("image/svg+xml", "image/png", "image/jpeg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a bank's logo; with a problem it stays as it was."""

    slug: str
    is_new: bool = False
    problem: str = ""


def refresh(matched: Iterable[tuple[Brand, Bank]], *, downloader: Downloader) -> Iterator[Outcome]:
    """Fetch each bank's logo and keep it; call with no transaction open.

    An organisation's logo comes from a host, or a domain, that its own rows name otherwise too.
    """
    for brand, bank in matched:
        if not brand.logo_url:
            continue
        try:
            logo = _logo(brand, downloader)
        except (NotFetched, UnsafePicture) as error:
            yield Outcome(slug=bank.slug, problem=str(error))
            continue
        row = Bank.objects.filter(pk=bank.pk)
        yield Outcome(slug=bank.slug, is_new=bool(row.exclude(logo_png=logo).update(logo_png=logo)))


def _logo(brand: Brand, downloader: Downloader) -> bytes:
    host = names.host(brand.logo_url)
    if not host:
        raise NotFetched("not an https address")
    if host not in brand.hosts and names.domain(host) not in map(names.domain, brand.hosts):
        raise NotFetched(f"{host} is none of the organisation's hosts")
    content = downloader.fetch(brand.logo_url, most_bytes=_MOST_BYTES, types=_TYPES)
    return pictures.png(content)
