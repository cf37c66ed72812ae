"""What was measured of the cost of recurrences and attention, once, on one machine."""

from typing import NamedTuple

import numpy as np

from .series import DATA

FILE = DATA / "costs.csv"


class Costs(NamedTuple):
    """Times by length, from ``notebooks/data/costs.csv``, which ``tools/costs.py`` writes."""

    machine: str  # on what they were measured
    times: dict[str, np.ndarray]  # for each way (2, n): lengths, and microseconds

    def at(self, what: str, length: int) -> float:
        """Return how many microseconds ``what`` took at this length."""
        lengths, microseconds = self.times[what]
        return microseconds[list(lengths).index(length)]


def load_costs() -> Costs:
    """Return the committed measurement; no clock runs here."""
    machine, _, *rows = FILE.read_text(encoding="utf-8").splitlines()
    times = {}
    for what, length, microseconds, _ in (row.split(",") for row in rows):
        times.setdefault(what, []).append((int(length), float(microseconds)))
    return Costs(machine.lstrip("# "), {what: np.array(each).T for what, each in times.items()})
