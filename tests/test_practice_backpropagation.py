"""Notebook 07: other answers, and which answer of a question is right."""

from types import SimpleNamespace

import numpy as np
from practice_answers import each_answer_decided, other_answers

test_right, test_wrong = other_answers(
    right={
        "backward_step": ("W_fc.T @ dy_t => dy_t @ W_fc\nW_hh.T @ da_next => da_next @ W_hh",),
        "planted": (
            """\
def find_bug(loss, w, gradient):
    step, here = 1e-7, loss(w)
    rows = w + step * np.eye(len(w))
    slopes = np.array([(loss(row) - here) / step for row in rows])
    return int(abs(slopes - gradient).argmax())""",
        ),
        "clipped_step": (
            "norm = nn.utils.clip_grad_norm_(rnn.parameters(), max_norm) => "
            "norm = torch.cat([p.grad.flatten() for p in rnn.parameters()]).norm(); "
            "[p.grad.mul_(min(1, max_norm / (norm.item() + 1e-6))) for p in rnn.parameters()]",
        ),
    },
    wrong={
        "planted": {"np.argmax(apart) => np.argmax(apart) + 1": "not the wrong one"},
        "survives": {"range(1, 201) => range(1, 101)": "k should be"},
        "clipped_step": {"(), max_norm) => (), 2 * max_norm)": ""},
    },
)


def votes(dh_1):
    return [SimpleNamespace(name=n, value=v) for n, v in {"dh_1": dh_1, "da_2": 0.3}.items()]


def runs(factor):
    each = (1, factor, 2)
    return tuple(SimpleNamespace(mse=np.full(4, k), lengths=np.full((30, 4), k)) for k in each)


MEASURED = {
    "three votes": [votes(dh_1) for dh_1 in (-0.1, 0.1, 0.001)],
    "blow up": [(5, 0), (0, 5), (5, 1e9), (0.1, 0.5)],
    "same radius": [([1, 0.5, 0.2],), ([1, 3, 0.2],), ([1, 2, 4],)],
    "clipped Adam": [runs(factor) for factor in (0.5, 1.2, 5, 50)],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
