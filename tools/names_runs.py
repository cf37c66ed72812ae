"""Measure what ``notebooks/data/names_runs.csv`` holds: networks on several splits of the names.

``python tools/names_runs.py`` trains every kind of network of notebook 14 on five splits, with up
to three seeds, and writes the file anew. It takes some ten minutes on one core; the numbers are
losses, so they do not depend on the machine's speed.
"""

import csv
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import rnn_helpers as rh

FILE = rh.DATA / "names_runs.csv"
SPLITS = range(5)
# For each kind of network how it is trained, and with how many seeds.
NETWORKS = {
    "RNN 64": ({"cell": "RNN", "lr": 0.005}, 3),
    "GRU 64": ({}, 3),
    "GRU 128": ({"hidden_size": 128, "dropout": 0.4, "epochs": 20}, 1),
    "GRU 256": ({"hidden_size": 256, "dropout": 0.5, "epochs": 20, "lr": 0.004}, 1),
}


def measure(split: int, seed: int, network: str) -> dict[str, object]:
    """Return a row: nats a letter on the test names, alone and half and half with the 5-gram."""
    names = rh.split_names(rh.load_names(), split)
    run = rh.train_on_names(names, **NETWORKS[network][0], seed=seed)
    one, other = (
        np.exp(-rh.letter_losses(model, names.test))
        for model in (run.model, rh.fit_ngrams(names.train, 5))
    )
    nats = {"alone": -np.log(one).mean(), "mixed": -np.log((one + other) / 2).mean()}
    row = {"split": split, "seed": seed, "network": network}
    return row | {name: round(float(value), 4) for name, value in nats.items()}


def rows() -> Iterator[dict[str, object]]:
    """Yield all rows of the file."""
    for network, (_, num_seeds) in NETWORKS.items():
        for split in SPLITS:
            for seed in range(num_seeds):
                yield measure(split, seed, network)


def main() -> None:
    """Write the file."""
    rh.set_up(seed=0)
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, lineterminator="\n", fieldnames=["split", "seed", "network", "alone", "mixed"]
        )
        writer.writeheader()
        for row in rows():
            writer.writerow(row)
            file.flush()


if __name__ == "__main__":
    main()
