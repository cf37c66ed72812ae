"""Every test: no progress bars, no windows, one thread, and no settings of whoever runs it."""

import gc
import os
import sys
import tempfile

import pytest
from hypothesis import settings

os.environ["TQDM_DISABLE"] = "1"  # the kernels of the notebooks inherit it
# On a busy machine the threads of OpenBLAS spend most of their time waiting for each other.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

settings.register_profile("course", deadline=None)  # a busy machine is no fault
settings.load_profile("course")

# An optional part of jsonschema, which nbformat does not use, and which takes a second to import.
sys.modules.setdefault("rfc3987_syntax", None)
pytest_plugins = ["nbval.plugin", "witness"]  # each notebook is executed once

# Started by git itself, in a hook say, the tests would else write to the caller's repository.
for _name in ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "PREFIX"):
    os.environ.pop(f"GIT_{_name}", None)
# A profile of IPython, a kernel, a style or a proxy of the reader's own says nothing of the course.
for _name in ("PYTHONSTARTUP", "JUPYTER_PATH", "MPLBACKEND"):
    os.environ.pop(_name, None)
os.environ |= {"MATPLOTLIBRC": os.devnull, "no_proxy": "*", "NO_PROXY": "*"}
if "PYTEST_XDIST_WORKER" not in os.environ:  # its processes inherit what is set here
    _clean = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    for _name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        os.environ[_name] = os.path.join(_clean.name, _name)


def pytest_collection_finish():
    """Leave what is loaded by now alone: it stays, and to search it again would take time."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _one_thread_and_no_windows():
    import matplotlib  # here, because the process that only hands out tests needs neither
    import torch

    matplotlib.use("Agg")
    torch.set_num_threads(1)
