"""A process that has imported what every notebook imports, but not the course, and forks kernels.

A line that it reads is an order: the arguments, the environment and the folder of a kernel, as
JSON. What it writes is the number of the process that has become this kernel.
"""

import gc
import json
import os
import random
import signal
import sys

os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as in every kernel

import ipywidgets  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import numpy as np
import torch._dynamo  # noqa: F401 - which the first optimizer loads
from ipykernel.kernelapp import IPKernelApp
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def become_kernel(arguments, env, cwd):
    """Leave behind what a new process would not have, and be a kernel."""
    os.setsid()
    os.write(1, b"%d\n" % os.getpid())
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    random.seed()
    np.random.seed()  # noqa: NPY002 - new processes begin with other random numbers, too
    IPKernelApp.launch_instance(arguments, parent_handle=os.getppid())
    os._exit(0)


FigureCanvasAgg(figure := Figure())
figure.suptitle("$h_t$")
figure.canvas.draw()  # the first drawing looks for fonts and learns to read formulas
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries kernels that have ended
gc.freeze()
for line in sys.stdin:
    if os.fork() == 0:
        become_kernel(**json.loads(line))
