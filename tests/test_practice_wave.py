"""The exercises and questions of notebook 01: other right answers, what a check says, judges."""

import re

import pytest
from practice_answers import assert_refused, assert_right, said_of

from rnn_helpers.practice import QUESTIONS, wave

SEEDS = range(4)

RIGHT = {
    "as a float": ("points", "num_points = 37.0"),
    "counted by NumPy": ("points", "num_points = len(np.arange(0, 181, 5))"),
    "as a tensor": ("points", "num_points = torch.tensor([37])"),
    "as NumPy counts": ("points", "num_points = np.linspace(0, 180, 37).size"),
    "by linspace": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    wave = np.cos(np.radians(np.linspace(start, start + step * seq_len, seq_len + 1)))
    return list(wave[:-1]), torch.tensor(wave[1:], dtype=torch.float32)""",
    ),
    "one after the other": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    def at(i):
        return np.cos((start + step * i) * np.pi / 180)

    return [at(i) for i in range(seq_len)], [at(i + 1) for i in range(seq_len)]""",
    ),
    "a shifted sine": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    window = rh.make_window(start + 90, step, seq_len)
    return window.features, window.labels""",
    ),
    "stacked": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    wave = np.cos(np.deg2rad(start + step * np.arange(seq_len + 1)))
    return np.stack([wave[:-1], wave[1:]])""",
    ),
    "stacked by torch": (
        "ahead",
        """\
def ahead(wave, k):
    wave = torch.tensor(wave)
    return torch.stack((wave[:-k], wave[k:]))""",
    ),
    "in one array": ("ahead", "ahead = lambda wave, k: np.array([wave[:-k], wave[k:]])"),
    "as a lambda": ("ahead", "ahead = lambda wave, k: [wave[: len(wave) - k], wave[k:]]"),
    "lists": ("ahead", "ahead = lambda wave, k: (list(wave)[:-k], list(wave)[k:])"),
    "tensors": (
        "ahead",
        """\
def ahead(wave, k):
    wave = torch.tensor(wave)
    return wave[:-k], wave[k:]""",
    ),
    "pairs": ("ahead", "ahead = lambda wave, k: list(zip(*zip(wave, wave[k:])))"),
    "from NumPy": ("batch", "to_batch = lambda rows: torch.from_numpy(rows).float()[..., None]"),
    "row by row": (
        "batch",
        "to_batch = lambda rows: torch.stack([torch.Tensor(row)[:, None] for row in rows])",
    ),
    "unsqueezed": ("batch", "to_batch = lambda rows: torch.Tensor(rows).unsqueeze(2)"),
    "with a gradient": (
        "batch",
        "to_batch = lambda rows: torch.Tensor(rows).unsqueeze(2).requires_grad_()",
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_another_right_answer_is_right(case):
    assert_right(*RIGHT[case], SEEDS)


SAID = {
    "one point": ("points", "num_points = 1", "1 points have no step between them"),
    "another number": ("points", "num_points = 46", "with 46 points the step is 4 degrees, not 5"),
    "a half": ("points", "num_points = 36.5", "must be a whole number"),
    "every second label": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    wave = np.cos(np.deg2rad(start + step * np.arange(seq_len + 2)))
    return wave[:-2], wave[2:]""",
        "labels[0] should be",
    ),
    "a wrong start": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    wave = np.cos(np.deg2rad(step * np.arange(seq_len + 1)))
    return wave[:-1], wave[1:]""",
        "features[0] should be",
    ),
    "one of its own length": (
        "cosine",
        "cosine = lambda start, step, seq_len: (np.zeros(20), np.zeros(20))",
        "features have shape (20,) and labels (20,); both must be",
    ),
    "in one array": (
        "cosine",
        "cosine = lambda start, step, seq_len: np.zeros((seq_len, 2))",
        "return two things, features and labels; what came back is a NumPy array of shape (",
    ),
    "rounded to four places": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    wave = np.cos(np.deg2rad(start + step * np.arange(seq_len + 1)))
    return [list(part.round(4)) for part in (wave[:-1], wave[1:])]""",
        "; your numbers are rounded",
    ),
    "off by a little": (
        "cosine",
        """\
def cosine(start, step, seq_len):
    wave = np.cos(np.deg2rad(start + step * np.arange(seq_len + 1))) + 2e-5
    return wave[:-1], wave[1:]""",
        "features[0] should be",
    ),
    "right for larger k only": (
        "ahead",
        """\
def ahead(wave, k):
    k = max(k, 2)
    return wave[:-k], wave[k:]""",
        ", but not for k=1.",
    ),
    "two axes": (
        "ahead",
        "ahead = lambda wave, k: (wave[:-k, None], wave[k:, None])",
        "must have one axis each",
    ),
    "in another order": (
        "ahead",
        "ahead = lambda wave, k: (wave[:-k][::-1], wave[k:][::-1])",
        "features[0] must be wave[0] and labels[0] must be wave[",
    ),
    "a fixed length": (
        "ahead",
        "ahead = lambda wave, k: (wave[:5], wave[k : k + 5])",
        "here they have shapes (5,) and (5,)",
    ),
    "other numbers": (
        "batch",
        "to_batch = lambda rows: torch.zeros(*rows.shape, 1)",
        "the numbers are not those of rows",
    ),
    "half precision": (
        "batch",
        "to_batch = lambda rows: torch.tensor(rows).bfloat16()[..., None]",
        "numbers are not those of rows",
    ),
    "two sizes": (
        "batch",
        "to_batch = lambda rows: torch.zeros(*rows.shape, 2)",
        "that is (batch, seq_len, input_size)",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_check_says_what_is_wrong(case):
    assert_refused(*SAID[case], SEEDS)


def test_numbers_that_differ_are_printed_as_far_as_they_differ():
    for case in ("rounded to four places", "off by a little", "a wrong start"):
        for seed in SEEDS:
            said, _ = said_of(*SAID[case][:2], seed)
            should, found = re.search(
                r"should be (-?[\d.]+), but it is (-?[\d.]+\d)", said
            ).groups()
            assert should != found, said
            assert len(should.partition(".")[2]) <= 6, said
    assert wave._told_apart(0.25, 0.75) == ("0.250", "0.750")
    assert wave._told_apart(0.43804, 0.43801) == ("0.43804", "0.43801")


# Questions ----------------------------------------------------------------------------------------


def answered(name, **measured):
    """Return the answer that is right for what was measured, and why."""
    right, why = QUESTIONS[name].judge(**measured)
    return QUESTIONS[name].answers[right], why


@pytest.mark.parametrize(
    ("points", "answer"),
    [(19, "One fewer"), (20, "As many"), (21, "One more"), (22, "Another number")],
)
def test_how_many_points_there_are_decides(points, answer):
    right, why = answered("count", steps=20, points=points)
    assert right.startswith(answer)
    assert why == f"20 steps have {points} points."


@pytest.mark.parametrize(
    ("points", "both", "answer"),
    [
        (21, 19, "All but two"),
        (11, 9, "All but two"),
        (3, 1, "All but two"),
        (21, 21, "All of them"),
        (21, 20, "All but one"),
        (21, 1, "Only one"),
        (21, 18, "Another number"),
        (21, 0, "Another number"),
    ],
)
def test_how_many_points_are_both_decides(points, both, answer):
    right, why = answered("both", points=points, both=both)
    assert right == answer
    assert why == f"Of {points} points, {both} {'is' if both == 1 else 'are'} both."


@pytest.mark.parametrize(
    ("over_index", "over_angle", "answer"),
    [
        (0.156, 0.0, "Over the angle"),
        (0.0, 0.156, "Over the index"),
        (1e-16, 0.0, "In both"),
        (0.2, 0.156, "In neither"),
    ],
)
def test_both_distances_decide(over_index, over_angle, answer):
    right, why = answered("one curve", over_index=over_index, over_angle=over_angle)
    assert right == answer
    assert f"up to {over_index:.2f} apart" in why
    assert why.endswith(f"over one angle, {over_angle:.2f}.")
