"""Whether two samples could come from one source: Mann and Whitney's test, in its normal form."""

import math
from collections import Counter
from collections.abc import Sequence


def p_value(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the two-sided probability of samples at least so far apart, if nothing tells them.

    The normal approximation with a correction for ties (Mann and Whitney 1947), good from about
    twenty values in each on.
    """
    everything = sorted([*one, *other])
    ranks, counts, place = {}, Counter(everything), 0
    for value in counts:
        ranks[value] = place + (counts[value] + 1) / 2
        place += counts[value]
    n, m = len(one), len(other)
    u = sum(ranks[value] for value in one) - n * (n + 1) / 2
    ties = sum(count**3 - count for count in counts.values())
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance == 0:
        return 1.0
    z = (abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(max(z, 0) / math.sqrt(2))
