"""Measure what ``notebooks/data/names_runs.csv`` holds: networks on several splits of the names.

``python tools/names_runs.py`` trains every kind of network of notebook 14 on five splits, with up
to three seeds, and writes the file anew. It takes some ten minutes on one core; the numbers are
losses, so they do not depend on the machine's speed.
"""

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


def rows(network: str, split: int) -> Iterator[str]:
    """Yield a row for each seed: nats a letter alone, and half and half with the 5-gram."""
    names, (options, num_seeds) = rh.split_names(rh.load_names(), split), NETWORKS[network]
    p_counted = np.exp(-rh.letter_losses(rh.fit_ngrams(names.train, 5), names.test))
    for seed in range(num_seeds):
        run = rh.train_on_names(names, **options, seed=seed)
        p = np.exp(-rh.letter_losses(run.model, names.test))
        alone, mixed = (-np.log(each).mean() for each in (p, (p + p_counted) / 2))
        yield f"{split},{seed},{network},{alone:.4f},{mixed:.4f}\n"


if __name__ == "__main__":
    rh.set_up(seed=0)
    found = [row for network in NETWORKS for split in SPLITS for row in rows(network, split)]
    FILE.write_text("split,seed,network,alone,mixed\n" + "".join(found), encoding="utf-8")
