"""Notebook 01: other answers, and which answer of a question is right."""

import pytest
from practice_answers import other_answers

import rnn_helpers as rh
from rnn_helpers.practice import QUESTIONS

test_right, test_wrong = other_answers(
    right={
        "points": ("num_points = np.array([37])", "num_points = torch.tensor(37.0)"),
        "cosine": (
            """\
def cosine(start, step, seq_len):
    angles = np.deg2rad(np.linspace(start, start + step * seq_len, seq_len + 1))
    return np.cos(angles)[:seq_len].tolist(), torch.tensor(np.cos(angles)[1:])""",
            """\
def cosine(start, step, seq_len):
    window = rh.make_window(start + 90, step, seq_len)
    return window.features, window.labels""",
        ),
        "ahead": ("wave[:-k] => wave[: len(wave) - k]", "wave[k:] => np.array(wave[k:])"),
        "batch": (
            "torch.tensor(rows, dtype=torch.float32).reshape(*rows.shape, 1) => "
            "torch.from_numpy(rows).float()[..., None]",
        ),
    },
    wrong={
        "points": {'num_points = "37"': "must be numbers", "num_points = [37, 37]": "shape"},
        "cosine": {
            "start + => round(start) +": "whole degrees",
            "seq_len + 1) => seq_len + 2)": "shape",
            "wave[:-1], => np.abs(wave[:-1]),": "features[",
            "seq_len + 1 => 21": "",
        },
        "ahead": {
            "wave[:-k], wave[k:] => wave[: len(wave) // 2], wave[len(wave) // 2 :]": "",
            "return => wave *= 2; return": "",
        },
        "batch": {
            "dtype=torch.float32 => dtype=torch.float16": "float16",
            "return => rows[0, 0] = 0; return": "",
        },
    },
)


@pytest.mark.parametrize(("points", "right"), [(19, 0), (20, 1), (21, 2), (40, 3)])
def test_count(points, right):
    judged, why = QUESTIONS["count"].judge(20, points)
    assert (judged, f"20 steps have {points} points" in why) == (right, True)


@pytest.mark.parametrize(("both", "right"), [(21, 0), (20, 1), (19, 2), (1, 3), (5, 4)])
def test_both(both, right):
    assert QUESTIONS["both"].judge(21, both)[0] == right


@pytest.mark.parametrize(
    ("over_index", "over_angle", "right"), [(0, 0.1, 0), (0.1, 0, 1), (0, 0, 2), (0.1, 0.1, 3)]
)
def test_one_curve(over_index, over_angle, right):
    assert QUESTIONS["one curve"].judge(over_index, over_angle)[0] == right


@pytest.mark.parametrize(("begin", "right"), [(45, 0), (54, 1), (63, 2), (0, 3), (55, 3)])
def test_next_window(begin, right):
    judged, why = QUESTIONS["next window"].judge(*(rh.make_window(a, 9, 6) for a in (0, begin)))
    assert (judged, f"at 54 degrees, and the first feature of the next at {begin}." in why) == (
        right,
        True,
    )
