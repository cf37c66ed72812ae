"""Notebook 06: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

import rnn_helpers as rh
from rnn_helpers.practice import priming

LENGTHS = 'shortest = {{"carry": {}, "reset": {}, "half-turn": {}}}'
CLOSED = """\
def continue_wave(x_0, x_1, d, n):
    t, d = np.arange(2, n + 2), np.deg2rad(d)
    return x_0 * np.cos(t * d) + (x_1 - x_0 * np.cos(d)) / np.sin(d) * np.sin(t * d)"""

test_right, test_wrong = other_answers(
    right={
        "shortest": (
            LENGTHS.format("np.array([39])", "torch.tensor(2.0)", None),
            'shortest = {"half-turn": None, "reset": [2], "carry": np.int64(39)}',
        ),
        "primed_test": (
            "primed_test = lambda r, p, f: rh.predict(r, np.append(p, f))[0][len(p) :]",
        ),
        "continue_wave": ("[] => [x_0, x_1]\nreturn points => return np.array(points[2:])", CLOSED),
    },
    wrong={
        "shortest": {
            "shortest = [39, 2, None]": "a dictionary with a value for each of carry, reset",
            LENGTHS.format(39, 1.5, None): "reset: a whole number from 1 to 60 is asked for",
            LENGTHS.format(39, 1, 5): "reset: one point of memory",
            LENGTHS.format(39, 20, None): "reset: 20 points help in 100 % of the seeds; a shorter",
            LENGTHS.format("np.int64(16)", 2, None): "carry: 16 points help in 66 %",
            LENGTHS.format(13, 2, None): "95 % are asked for; a lower median error hides the seeds",
        },
        "primed_test": {
            "(x_prime) => (x_prime, vars(rnn).get('h'))\n_ = rnn => vars(rnn)['h'] = rnn": "second"
        },
        "continue_wave": {
            "(d) => (d % 90)": "it is right for x_0",
            "points.append(x_1) => points.append(min(x_1, 1))": "the points",
        },
    },
)


def test_errors_are_those_of_the_notebook_and_found_once():
    errors = priming.errors_by_length("reset")
    few = rh.train_many(range(3), regime="reset")
    assert np.allclose(errors[:3, 7], rh.forecast(few, prime_length=7).first_mse(5), rtol=1e-6)
    assert priming.errors_by_length("reset") is errors


FALLING = np.tile(np.geomspace(0.02, 0.0001, 61), (3, 1))
BUMP, HILL = FALLING.copy(), FALLING.copy()
BUMP[:, 30], HILL[:, 1:10] = 0.5, 0.1


def fewest(*percent):
    helped = [np.arange(100)[:, None] < share for share in percent]
    errors = [np.where(np.arange(61) == 20, 1 - each, 1.0) for each in helped]
    return (dict(zip(rh.REGIMES, errors, strict=True)),)


MEASURED = {
    "seeds helped": [(np.arange(128) < n,) for n in (128, 105, 64, 13)],
    "longer prime": [(each,) for each in (FALLING, BUMP, HILL, FALLING[:, ::-1])],
    "another place": [
        (np.tile([0.1, 0, 0, 0, 0, five, 0, 0, 0, 0, ten], (3, 1)),)
        for five, ten in ((0.03, 0.01), (0.02, 0.02), (0.01, 0.03))
    ],
    "fewest seeds": [fewest(*n) for n in ((20, 90, 70), (80, 10, 70), (82, 99, 0), (82, 85, 80))],
    "closer prime": [
        ((0.5, 1, 2), np.tile(errors, (3, 1)), 0.04)
        for errors in ((0.1, 0.2, 0.2), (0.2, 0.1, 0.2), (0.2, 0.2, 0.1), (0.2, 0.19, 0.21))
    ],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
