"""Every test: no progress bars, no windows, one thread."""

import os

os.environ["TQDM_DISABLE"] = "1"  # tqdm reads it when it is imported

import matplotlib

matplotlib.use("Agg")

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)
