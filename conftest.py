"""Every test: no progress bars, no windows, one thread."""

import os

os.environ["TQDM_DISABLE"] = "1"  # the kernels of the notebooks inherit it

import matplotlib

matplotlib.use("Agg")

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)
