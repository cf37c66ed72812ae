"""Notebook 01: other answers, and which answer of a question is right."""

from practice_answers import each_answer_decided, other_answers

import rnn_helpers as rh

test_right, test_wrong = other_answers(
    right={
        "points": ("num_points = np.array([37])", "num_points = torch.tensor(37.0)"),
        "cosine": (
            """\
def cosine(start, step, seq_len):
    angles = np.deg2rad(np.linspace(start, start + step * seq_len, seq_len + 1))
    return np.cos(angles)[:seq_len].tolist(), torch.tensor(np.cos(angles)[1:])""",
        ),
        "batch": (
            "torch.tensor(rows, dtype=torch.float32).reshape(*rows.shape, 1) => "
            "torch.from_numpy(rows).float()[..., None]",
        ),
    },
    wrong={
        "cosine": {"start + => round(start) +": "whole degrees", "seq_len + 1 => 21": ""},
        "batch": {"dtype=torch.float32 => dtype=torch.float16": "float16"},
    },
)


def windows(begin):
    return rh.make_window(0, 9, 6), rh.make_window(begin, 9, 6)


MEASURED = {
    "count": [(20, points) for points in (19, 20, 21, 40)],
    "both": [(21, both) for both in (21, 20, 19, 1, 5)],
    "one curve": [(0, 0.1), (0.1, 0), (0, 0), (0.1, 0.1)],
    "next window": [windows(begin) for begin in (45, 54, 63, 0)],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
