"""The exercises and questions of notebook 05: other right answers, what a check says, judges."""

import numpy as np
import pytest
from practice_answers import assert_refused, assert_right

from rnn_helpers.practice import QUESTIONS

SEEDS = range(4)

RIGHT = {
    "by head": ("twice_the_step", "times = 3.9, 3.9"),
    "as an array": ("twice_the_step", "times = floor(np.array([0, 60]), 18) / floor([0, 60], 9)"),
    "as a tensor": ("twice_the_step", "times = torch.tensor([3.9, 3.9])"),
    "from sin(d) alone": (
        "twice_the_step",
        "times = [(np.sin(np.pi / 10) / np.sin(np.pi / 20)) ** 2] * 2",
    ),
    "labels cut too": (
        "first_five",
        "first_five = lambda p, y: np.mean((p[..., :5] - y[:5]) ** 2, axis=-1)",
    ),
    "turned": (
        "first_five",
        "first_five = lambda p, y: np.mean(np.square(p - y).T[:5], axis=0)",
    ),
    "one after the other": (
        "first_five",
        """\
def first_five(predictions, labels):
    if predictions.ndim == 2:
        return [first_five(each, labels) for each in predictions]
    return sum((predictions[i] - labels[i]) ** 2 for i in range(5)) / 5""",
    ),
    "in PyTorch": (
        "first_five",
        """\
def first_five(predictions, labels):
    errors = torch.tensor(predictions) - torch.tensor(labels)
    return (errors[..., :5] ** 2).mean(dim=-1)""",
    ),
    "by the helper": (
        "cold_test",
        "cold_test = lambda rnn, features: rh.predict(rnn, features)[0]",
    ),
    "in inference mode": (
        "cold_test",
        """\
def cold_test(rnn, features):
    with torch.inference_mode():
        return rnn(torch.from_numpy(features).float()[None, :, None])[0][0, :, 0]""",
    ),
    "decorated": (
        "cold_test",
        """\
@torch.no_grad()
def cold_test(rnn, features):
    zeros = torch.zeros(1, 1, rnn.rnn.hidden_size)
    return rnn(torch.Tensor(features).view(1, -1, 1), zeros)[0].flatten().tolist()""",
    ),
    "point by point": (
        "cold_test",
        """\
def cold_test(rnn, features):
    said, h = [], None
    with torch.no_grad():
        for value in features:
            prediction, h = rnn(torch.tensor([[[value]]], dtype=torch.float32), h)
            said.append(prediction.item())
    return said""",
    ),
    "a short formula": (
        "uneven_floor",
        "uneven_floor = lambda a, d, p: 4 * p * (1 - p) * rh.ambiguity_floor(a, d)",
    ),
    "both points": (
        "uneven_floor",
        """\
def uneven_floor(a, d, p):
    up, down = np.sin(np.radians(a + d)), np.sin(np.radians(a - d))
    points, chances = np.array([up, down]), np.array([p, 1 - p])
    return chances @ (points - chances @ points) ** 2""",
    ),
    "as a tensor of one": (
        "uneven_floor",
        """\
def uneven_floor(a, d, p):
    c = torch.cos(torch.deg2rad(torch.tensor([a]))) * np.sin(np.deg2rad(d))
    return 4 * p * (1 - p) * c**2""",
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_another_right_answer_is_right(case):
    assert_right(*RIGHT[case], SEEDS)


SAID = {
    "one factor": ("twice_the_step", "times = 3.9", "Not yet: that is one number; give two"),
    "three factors": ("twice_the_step", "times = 3.9, 3.9, 3.9", "must have shape (2,)"),
    "strings": ("twice_the_step", 'times = ("4", "4")', "but it holds strings"),
    "four and one": ("twice_the_step", "times = (4, 1)", "a good guess"),
    "3.9 and four": ("twice_the_step", "times = (3.9, 4)", "a good guess"),
    "dots left": ("twice_the_step", "times = (3.9, ...)", "in place of the dots"),
    "not quite": ("twice_the_step", "times = 3.8, 3.9", "at 0 degrees the floor is not 3.8 times"),
    "no number": ("twice_the_step", "times = 0.0, 0.0", "at 0 degrees the floor is not 0 times"),
    "one for each point": (
        "first_five",
        "first_five = lambda p, y: (p - y) ** 2",
        "one for each point; the mean over the first five is missing",
    ),
    "five for each network": (
        "first_five",
        """\
def first_five(predictions, labels):
    squares = (predictions[..., :5] - labels[:5]) ** 2
    return squares.mean() if squares.ndim == 1 else squares""",
        "five squared errors for each network",
    ),
    "the last five": (
        "first_five",
        "first_five = lambda p, y: ((p - y) ** 2)[..., -5:].mean(axis=-1)",
        "the last five predictions",
    ),
    "four": (
        "first_five",
        "first_five = lambda p, y: ((p - y) ** 2)[..., :4].mean(axis=-1)",
        "the mean of four",
    ),
    "labels doubled": (
        "first_five",
        "first_five = lambda p, y: ((p - 2 * y) ** 2)[..., :5].mean(axis=-1)",
        "the error of the first network should be",
    ),
    "labels changed": (
        "first_five",
        """\
def first_five(predictions, labels):
    labels -= predictions.mean()
    return 0.5""",
        "changed labels itself",
    ),
    "wrong for one network": (
        "first_five",
        """\
def first_five(predictions, labels):
    errors = ((predictions - labels) ** 2)[..., :5].mean(axis=-1)
    return np.where(np.arange(errors.size) == 2, 9, errors) if errors.ndim else errors""",
        "the error of the network with index 2 should be",
    ),
    "features returned": (
        "cold_test",
        "cold_test = lambda rnn, features: features",
        "those are the features",
    ),
    "both returned": (
        "cold_test",
        "cold_test = lambda rnn, features: rh.predict(rnn, features)",
        "returns two things; return the predictions alone",
    ),
    "40 points, always": (
        "cold_test",
        "cold_test = lambda rnn, features: rh.predict(rnn, np.resize(features, 40))[0]",
        "must have shape",
    ),
    "backwards": (
        "cold_test",
        "cold_test = lambda rnn, features: rh.predict(rnn, features)[0][::-1].copy()",
        "in the reverse order",
    ),
    "features doubled": (
        "cold_test",
        "cold_test = lambda rnn, features: rh.predict(rnn, 2 * features)[0]",
        "not those of a cold test: the first should be",
    ),
    "right but for the last": (
        "cold_test",
        """\
def cold_test(rnn, features):
    predictions = rh.predict(rnn, features)[0]
    return np.append(predictions[:-1], 9)""",
        "they are right, but the next should be",
    ),
    "four times p": (
        "uneven_floor",
        "uneven_floor = lambda a, d, p: 4 * p * rh.ambiguity_floor(a, d)",
        "p=0.50 the floor should be",
    ),
    "right where both are equally likely": (
        "uneven_floor",
        "uneven_floor = lambda a, d, p: 2 * p * rh.ambiguity_floor(a, d)",
        "the floor should be",
    ),
    "zero without p": (
        "uneven_floor",
        """\
def uneven_floor(a, d, p):
    c = np.cos(np.deg2rad(a)) * np.sin(np.deg2rad(d))
    return c**2 if p in (0, 1) else 4 * p * (1 - p) * c**2""",
        "for p=0 the slope is known",
    ),
    "an array": (
        "uneven_floor",
        "uneven_floor = lambda a, d, p: np.array([a, d])",
        "the floor must be one number",
    ),
    "a constant": (
        "uneven_floor",
        "uneven_floor = lambda a, d, p: 0.0245",
        "the floor should be",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_the_check_says(case):
    assert_refused(*SAID[case], SEEDS)


# Questions ----------------------------------------------------------------------------------------


def judged(name, **measured):
    right, why = QUESTIONS[name].judge(**measured)
    return QUESTIONS[name].answers[right], why


def errors_with(worst, error=0.1):
    errors = np.full(40, 0.001)
    errors[list(worst)] = error
    return errors


@pytest.mark.parametrize(
    ("errors", "answer", "number"),
    [
        (errors_with(range(5)), "At the first few points", "0.1, that of the other 35 0.001"),
        (errors_with(range(35, 40)), "At the end", "0.001, that of the other 35 0.015"),
        (errors_with((8, 9, 10, 28, 29, 30)), "At the tops", "0.001, that of the other 35 0.018"),
        (errors_with(()), "Everywhere about the same", "0.001, that of the other 35 0.001"),
        (errors_with(range(5), 0.002), "Everywhere about the same", "is 0.002, that of"),
    ],
)
def test_where_the_network_is_wrong(errors, answer, number):
    said, why = judged("where wrong", squared_errors=errors)
    assert said.startswith(answer)
    assert number in why


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (1.0, 1.0, "They sit on it at every angle"),
        (1.0, 8.0, "On it at 0 degrees, above it further up"),
        (3.0, 1.0, "Above it at 0, on it further up"),
        (3.0, 8.0, "They stay well above it everywhere"),
    ],
)
def test_how_near_the_floor_networks_are(low, high, answer):
    floor = np.linspace(0.02, 0.0, 11)
    times = np.linspace(low, high, 11)
    times[9] = high
    said, why = judged("near the floor", errors=np.tile(floor * times, (3, 1)), floor=floor)
    assert said == answer
    assert f"At 0 degrees the median is {0.02 * low:.4f} and the floor 0.0200" in why
    assert f"the median is {0.002 * high:.4f} and the floor 0.0020" in why


@pytest.mark.parametrize(
    ("carry", "reset", "answer"),
    [
        (0.01, 0.03, "The carried ones, by a factor of 2 or more"),
        (0.01, 0.009, "Neither: within a factor of 2"),
        (0.01, 0.012, "Neither: within a factor of 2"),
        (0.03, 0.01, "The reset ones, by a factor of 2 to 10"),
        (0.03, 0.001, "The reset ones, by a factor of over 10"),
    ],
)
def test_who_is_better_by_the_fourth_prediction(carry, reset, answer):
    errors = {
        name: np.tile([first, 0.5, 0.5, fourth, 0.5], (3, 1))
        for name, first, fourth in (("carry", 0.27, carry), ("reset", 0.24, reset))
    }
    said, why = judged("fourth prediction", **errors)
    assert said == answer
    assert f"of the fourth prediction: carried {carry}, reset {reset:.1g}" in why
    assert "of the first: carried 0.27, reset 0.24" in why


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (0.01, 0.01, "Both are better: nothing is ambiguous"),
        (0.01, 0.4, "The first is better, the second worse"),
        (0.4, 0.01, "The first is worse, the second better"),
        (0.4, 0.4, "Both are worse"),
    ],
)
def test_how_good_a_start_from_the_top_is(first, second, answer):
    top = np.tile([first, second, 0.07], (3, 1))
    said, why = judged("from the top", top=top, zero=np.full((3, 3), 0.025))
    assert said == answer
    assert f"{first}, {second}, 0.07" in why
    assert "0.025 and 0.025" in why


@pytest.mark.parametrize(
    ("half", "answer"),
    [
        (4e-06, "Better than both"),
        (0.015, "Between the two"),
        (0.5, "Worse than both: they have seen less"),
    ],
)
def test_how_half_turn_networks_begin(half, answer):
    errors = {"carry": [0.02, 0.02, 9], "reset": [0.01, 0.01, 9], "half-turn": [half, half, 9]}
    said, why = judged("half-turn first", errors={k: np.array(v) for k, v in errors.items()})
    assert said == answer
    assert f"carry 0.02, reset 0.01, half-turn {half:.1g}" in why
