"""Times are written exactly as the specification has them, and read more kindly."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openfinance.providers.brasil import times

# The patterns of the Consents API 3.3.1.
DATE_TIME = re.compile(
    r"^(\d{4})-(1[0-2]|0?[1-9])-(3[01]|[12][0-9]|0?[1-9])"
    r"T(?:[01]\d|2[0123]):(?:[012345]\d):(?:[012345]\d)Z$"
)
AUTH_DATE = re.compile(
    r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d{2}:\d{2}:\d{2} (GMT|UTC)$"
)

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=zones,
)


@given(moments)
def test_every_time_is_written_in_twenty_characters_and_never_later_than_it_is(
    moment: datetime,
) -> None:
    text = times.write(moment)
    assert DATE_TIME.match(text)
    assert len(text) == 20
    assert timedelta(0) <= moment - times.read(text) < timedelta(seconds=1)


@given(moments)
def test_a_written_time_reads_as_itself_whatever_its_form(moment: datetime) -> None:
    assert times.read(moment.isoformat()) == moment
    assert times.read(times.write(moment)).tzinfo is UTC


@given(moments)
def test_an_auth_date_has_the_29_characters_of_the_specification(moment: datetime) -> None:
    text = times.write_auth_date(moment)
    assert AUTH_DATE.match(text)
    assert len(text) == 29


@given(st.datetimes())
def test_a_time_without_a_zone_is_no_time(moment: datetime) -> None:
    for use in (times.write, times.write_auth_date, lambda naive: times.read(naive.isoformat())):
        with pytest.raises(ValueError, match="zone"):
            use(moment)


@pytest.mark.parametrize("text", ["", "Z", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
def test_what_is_no_time_is_an_error_that_callers_expect(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's
        times.read(text)


def test_no_end_and_the_end_of_version_2_are_the_same() -> None:
    assert times.read_end(None) is None
    assert times.read_end("2300-01-01T00:00:00Z") is None
    assert times.read_end("2027-11-24T00:00:00Z") == datetime(2027, 11, 24, tzinfo=UTC)
