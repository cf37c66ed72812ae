"""The bug zoo: what its checks let pass, what its symptoms show, and what its texts claim."""

import random
import re
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from practice_answers import given
from torch import nn

import rnn_helpers as rh
from rnn_helpers import figures
from rnn_helpers.practice import EXERCISES, engine
from rnn_helpers.practice.compare import changed
from rnn_helpers.practice.engine import unfinished, verdict
from rnn_helpers.practice.zoo import SYMPTOMS, base, measures, testing
from rnn_helpers.practice.zoo.measures import BASELINE, FADING, FLAT_LINE
from rnn_helpers.practice.zoo.points import DRAW, WINDOWS
from rnn_helpers.practice.zoo.states import EIGHT_WAVES, STUCK, THIRTY
from rnn_helpers.practice.zoo.testing import EXAM, RECORDING
from tools import notebooks as tool

PROGRAMS = {
    "low_loss": WINDOWS,
    "two_figures": DRAW,
    "eight_waves": EIGHT_WAVES,
    "stuck": STUCK,
    "thirty_windows": THIRTY,
    "baseline": BASELINE,
    "flat_line": FLAT_LINE,
    "fading": FADING,
    "exams": EXAM,
    "recording": RECORDING,
}
# What the check says of the program as it was, once something in it has been changed.
CLUES = {
    "low_loss": "the labels are the features",
    "two_figures": "the inputs are drawn one step late",
    "eight_waves": "handed from wave to wave",
    "stuck": "never arrives",
    "thirty_windows": "once for every window after it",
    "baseline": "and that is its answer",
    "flat_line": "every prediction with every label",
    "fading": "moving the weight a little says",
    "exams": "the exam is not cold",
    "recording": "are in training windows too",
}
SHOWN_AS_FIGURE = {"two_figures", "stuck", "thirty_windows", "flat_line", "fading", "exams"}
FIGURE = "figure: "
each_program = pytest.mark.parametrize("name", PROGRAMS)


def answer_of(name, code):
    return given(EXERCISES[name], code)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As in a notebook; two threads would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def symptom_of(capsys, monkeypatch):
    """Return a function: everything that a symptom prints, and says about its figure."""
    monkeypatch.setattr(figures, "show_png", lambda png, alt, *_, **__: print(f"{FIGURE}{alt}"))

    def shown(name, program):
        capsys.readouterr()
        rh.symptom(name, program)
        return capsys.readouterr().out

    return shown


_shown = {}


@pytest.fixture
def symptom_of_code(symptom_of):
    """Return a function: what ``symptom_of`` shows for a piece of code, worked out once."""

    def shown(name, code):
        if (name, code) not in _shown:
            _shown[name, code] = symptom_of(name, answer_of(name, code))
        return _shown[name, code]

    return shown


# Right answers that are not the solution's --------------------------------------------------------

RIGHT = {
    "low_loss": {
        "by their angles": changed(
            WINDOWS, ("wave[:, :-1]", "np.sin(np.deg2rad(degrees[:, :-1] + step))")
        ),
        "one long wave": """
def make_windows(num_windows, start=0.0, step=9.0, seq_len=20):
    wave = np.sin(np.deg2rad(start + step * np.arange(num_windows * seq_len + 1)))
    return wave[:-1].reshape(num_windows, seq_len), wave[1:].reshape(num_windows, seq_len)
""",
        "lists": """
def make_windows(num_windows, start=0.0, step=9.0, seq_len=20):
    starts = start + step * seq_len * np.arange(num_windows)
    windows = [rh.make_window(each, step, seq_len) for each in starts]
    return [list(w.features) for w in windows], [list(w.labels) for w in windows]
""",
        "tensors": changed(
            WINDOWS,
            ("wave[:, :-1]", "wave[:, 1:]"),
            ("return features, labels", "return torch.tensor(features), torch.tensor(labels)"),
        ),
    },
    "two_figures": {
        "a scatter": """
def draw(ax, degrees, features, predictions):
    ax.scatter(degrees[:-1], features)
    ax.scatter(degrees[1:], predictions)
    return ax
""",
        "point by point, predictions first": """
def draw(ax, degrees, features, predictions):
    for i in range(len(features)):
        ax.plot(degrees[i + 1], predictions[i], "b^")
        ax.plot(degrees[i], features[i], "ro")
    return ax
""",
        "by its length": changed(
            DRAW, ("degrees[1:], features", "degrees[: len(features)], features")
        ),
    },
    "eight_waves": {
        "batch_first": changed(EIGHT_WAVES, ("    r_out", "    rnn.batch_first = True\n    r_out")),
        "one by one": """
def predict_all(rnn, fc, features):
    return torch.stack([fc(rnn(wave.reshape(-1, 1))[0]).flatten() for wave in features])
""",
        "point by point": """
def predict_all(rnn, fc, features):
    h_n, said = None, []
    for t in range(features.shape[1]):
        r_out, h_n = rnn(features[None, :, t, None], h_n)
        said.append(fc(r_out)[0, :, 0])
    return torch.stack(said, dim=1)
""",
        "through .T": """
def predict_all(rnn, fc, features):
    r_out, h_n = rnn(features.T[:, :, None])
    return fc(r_out)[:, :, 0].T
""",
        "zeros of its own": """
def predict_all(rnn, fc, features):
    r_out, h_n = rnn(features.T[:, :, None], torch.zeros(1, len(features), 32))
    return fc(r_out)[:, :, 0].T
""",
    },
    "stuck": {
        "one name": changed(STUCK, ("prediction, h_n", "prediction, hidden")),
        "from None": changed(
            STUCK,
            ("torch.zeros(1, 1, 32)", "None"),
            ("hidden.detach()", "h_n.detach()"),
        ),
        "after the step": changed(
            STUCK,
            ("        hidden = hidden.detach()  # detach\n", ""),
            (
                "        losses",
                "        with torch.no_grad():\n            hidden = h_n.clone()\n        losses",
            ),
        ),
    },
    "thirty_windows": {
        "on the way in": changed(
            THIRTY,
            (
                "(window[:, :-1], hidden)",
                "(window[:, :-1], None if hidden is None else hidden.detach())",
            ),
        ),
        "in place": changed(
            THIRTY,
            ("retain_graph=True)  # the error message asked for it", ")\n        hidden.detach_()"),
        ),
        "values first, gradients after": """
def add_up(rnn, windows):
    states, hidden = [], None
    with torch.no_grad():
        for window in windows:
            states.append(hidden)
            hidden = rnn(window[:, :-1], hidden)[1]
    pairs = zip(windows, states)
    losses = [nn.functional.mse_loss(rnn(w[:, :-1], h)[0], w[:, 1:]) for w, h in pairs]
    sum(losses).backward()
    return [loss.item() for loss in losses]
""",
    },
    "baseline": {
        "two lines": """
def go_straight_on(features):
    before = np.concatenate([features[:1], features[:-1]])
    return 2 * features - before
""",
        "a loop": """
def go_straight_on(features):
    said = [features[0]]
    for t in range(1, len(features)):
        said.append(features[t] + (features[t] - features[t - 1]))
    return said
""",
        "the slope over two points": """
def go_straight_on(features):
    slope = np.zeros(len(features))
    slope[1] = features[1] - features[0]
    slope[2:] = (features[2:] - features[:-2]) / 2
    return features + slope
""",
        "a lambda": "go_straight_on = lambda f: f + np.diff(f, prepend=f[:1])",
    },
    "flat_line": {
        "the labels get the shape": changed(
            FLAT_LINE, ("prediction[0] - labels", "prediction - labels.reshape(1, -1, 1)")
        ),
        "squeezed, with mse_loss": changed(
            FLAT_LINE,
            ("errors.square().mean()", "nn.functional.mse_loss(prediction.squeeze(), labels)"),
        ),
        "transposed": changed(FLAT_LINE, ("prediction[0] - labels", "prediction[0].T - labels")),
    },
    "fading": {
        "in one line": changed(
            FADING,
            ("h = torch.tanh", "h = keep * torch.tanh"),
            ("        h.data *= keep  # the memory fades\n", ""),
        ),
        "at the other places": changed(
            FADING,
            ("w_rec @ h)", "keep * (w_rec @ h))"),
            ("        h.data *= keep  # the memory fades\n", ""),
            ("w_out @ h", "keep * (w_out @ h)"),
        ),
        "in place, of a copy": changed(
            FADING, ("h.data *= keep", "h = h.clone()\n        h *= keep")
        ),
    },
    "exams": {
        "handed back": changed(
            EXAM,
            ("            with", "            kept, hidden = hidden, None\n            with"),
            ("            marks", "            hidden = kept\n            marks"),
        ),
        "zeros": changed(
            EXAM,
            (
                "prediction, hidden = rnn(exam[:, :-1], hidden)",
                "prediction = rnn(exam[:, :-1], torch.zeros(1, 1, 32))[0]",
            ),
        ),
        "a copy of the network, with its eval": changed(
            EXAM,
            ("            with", "            import copy\n            with"),
            (
                "prediction, hidden = rnn(exam[:, :-1], hidden)",
                "prediction, _ = copy.deepcopy(rnn).eval()(exam[:, :-1])",
            ),
        ),
    },
    "recording": {
        "a gap after the cut": """
def split(wave, seq_len):
    windows = np.lib.stride_tricks.sliding_window_view(wave, seq_len + 1)
    cut = len(windows) * 3 // 4
    return windows[:cut], windows[cut + seq_len :]
""",
        "a gap between the windows": """
def split(wave, seq_len):
    windows = np.lib.stride_tricks.sliding_window_view(wave, seq_len + 1)
    cut = len(windows) * 3 // 4
    return windows[: cut - seq_len], windows[cut:]
""",
        "end to end, shuffled": """
def split(wave, seq_len):
    starts = range(0, len(wave) - seq_len, seq_len + 1)
    windows = [list(wave[start : start + seq_len + 1]) for start in starts]
    return windows[1:], windows[:1]
""",
        "the test first": """
def split(wave, seq_len):
    view, cut = np.lib.stride_tricks.sliding_window_view, len(wave) // 4
    return np.random.default_rng(0).permutation(view(wave[cut:], seq_len + 1)), view(
        wave[:cut], seq_len + 1
    )
""",
    },
}


@pytest.mark.parametrize(("name", "case"), [(name, case) for name in RIGHT for case in RIGHT[name]])
def test_other_right_repairs_pass(name, case):
    answer = answer_of(name, RIGHT[name][case])
    for seed in range(4):
        said, right = verdict(EXERCISES[name], answer, seed)
        assert right, said


# The programs as they were ------------------------------------------------------------------------


def test_the_zoo_has_the_ten_programs_in_the_order_of_the_notebook():
    assert [name for name in EXERCISES if EXERCISES[name].notebook == "08"] == list(PROGRAMS)
    assert list(SYMPTOMS) == list(PROGRAMS)


@each_program
def test_a_program_is_short_and_its_stub_is_program_and_calls(name):
    program, calls = EXERCISES[name].stub.split("\n\n\n")
    variable = EXERCISES[name].variable
    assert program == PROGRAMS[name]
    assert len(program.splitlines()) <= 15
    assert calls == f'rh.symptom("{name}", {variable})\nrh.check("{name}", {variable})'


def test_no_two_programs_share_a_name():
    variables = [EXERCISES[name].variable for name in PROGRAMS]
    assert len(set(variables)) == len(variables)


@each_program
def test_the_untouched_program_is_told_nothing(name, capsys):
    answer = answer_of(name, PROGRAMS[name])
    with_comment = answer_of(name, f"{PROGRAMS[name]}  # I have looked at this")
    for each in (answer, with_comment):
        assert unfinished(EXERCISES[name], each)
        rh.check(name, each)
        said = capsys.readouterr().out
        assert said.startswith("Not yet: this is still the program as it was. ")
        assert CLUES[name] not in said


@each_program
def test_a_change_that_changes_nothing_gets_the_clue(name):
    """The code is another, what it does is not: one more name in the program."""
    head, _, body = PROGRAMS[name].partition("\n")
    answer = answer_of(name, f"{head}\n    mended = True\n{body}")
    assert not unfinished(EXERCISES[name], answer)
    for seed in range(8):
        said, right = verdict(EXERCISES[name], answer, seed)
        assert not right
        assert CLUES[name] in said


@each_program
def test_a_check_takes_no_time(name):
    import time

    answer = answer_of(name, EXERCISES[name].solution)
    verdict(EXERCISES[name], answer, 0)
    started = time.process_time()
    verdict(EXERCISES[name], answer, 1)
    assert time.process_time() - started < 1


# Symptoms -----------------------------------------------------------------------------------------


@each_program
def test_a_symptom_is_gone_after_the_repair(name, symptom_of_code):
    was = symptom_of_code(name, PROGRAMS[name])
    now = symptom_of_code(name, EXERCISES[name].solution)
    assert was != now
    assert 1 <= len(was.splitlines()) <= 3
    assert "nan" not in was + now


@each_program
def test_a_symptom_is_a_figure_where_there_is_something_to_see(name, symptom_of_code):
    shown = symptom_of_code(name, PROGRAMS[name])
    alts = [line for line in shown.splitlines() if line.startswith(FIGURE)]
    assert len(alts) == (name in SHOWN_AS_FIGURE)
    assert all(re.search(r"\d", alt) and alt.endswith(".") for alt in alts)


@each_program
def test_a_symptom_is_the_same_every_time_and_leaves_the_session_as_it_was(
    name, symptom_of, symptom_of_code
):
    was = symptom_of_code(name, PROGRAMS[name])
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    open_figures = plt.get_fignums()
    assert symptom_of(name, answer_of(name, PROGRAMS[name])) == was
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002
    assert before[2] == random.getstate()
    assert plt.get_fignums() == open_figures
    assert torch.is_grad_enabled()


def test_a_symptom_of_a_program_with_chance_in_it_is_the_same_every_time(symptom_of):
    def by_chance(features):
        noise = np.random.normal() + random.random() + torch.rand(1).item()  # noqa: NPY002
        return features + noise

    first = symptom_of("baseline", by_chance)
    np.random.normal(), random.random(), torch.rand(1)  # noqa: NPY002
    assert symptom_of("baseline", by_chance) == first


@each_program
def test_a_symptom_does_not_hide_the_error_of_a_program(name, symptom_of):
    def fails(*_):
        raise ZeroDivisionError("mine")

    open_figures = plt.get_fignums()
    with pytest.raises(ZeroDivisionError, match="mine"):
        symptom_of(name, fails)
    assert plt.get_fignums() == open_figures


@each_program
@pytest.mark.parametrize(
    "value", [None, "x", 3.0, (None, None), ([], []), [[1], [1, 2]], (1, 2, 3)]
)
def test_a_symptom_says_when_there_is_nothing_to_show(name, value, symptom_of):
    shown = symptom_of(name, lambda *_: value)
    assert shown.startswith("There is nothing to show: ")
    assert len(shown.splitlines()) == 1


@pytest.mark.parametrize("name", ["nonsense", None, 3])
def test_a_symptom_of_an_unknown_program_lists_the_known_ones(name, symptom_of):
    shown = symptom_of(name, print)
    assert shown.startswith(f"There is no program {name!r} in the zoo; there are low_loss, ")


def test_a_symptom_shows_the_warnings_of_a_program(symptom_of):
    code = changed(
        FLAT_LINE, ("errors.square().mean()", "nn.functional.mse_loss(prediction[0], labels)")
    )
    with pytest.warns(UserWarning, match="target size"):
        symptom_of("flat_line", answer_of("flat_line", code))


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [
        (
            "low_loss",
            "windows: 0.0004; the floor is 0.001\n",
            "windows: 0.003; the floor is 0.001\n",
        ),
        ("two_figures", "0.1 for the trained network, 0 for", "0.1 for the one that repeats"),
        ("eight_waves", "differ by up to 0.3\n", "differ by up to 0\n"),
        ("stuck", "above the floor", "below the floor"),
        ("thirty_windows", "30 for window 30, 465 for", "1 for window 30, 30 for all"),
        ("baseline", "on the coin's path: error 0.5", "most of 32 trained networks are better"),
        ("flat_line", "between 0 and 0", "between -1 and 1"),
        ("fading", "For 6 of 48 weights", "For 48 of 48 weights"),
        ("exams", "is over 30 times that", "is less than 10 times that"),
        (
            "recording",
            "test windows:                    0.06\n",
            "test windows:                    0.2\n",
        ),
    ],
)
def test_what_a_symptom_says_before_and_after(name, was, now, symptom_of_code):
    before = symptom_of_code(name, PROGRAMS[name])
    after = symptom_of_code(name, EXERCISES[name].solution)
    assert was in before
    assert was not in after
    assert now in after
    assert now not in before


@each_program
def test_after_another_right_repair_the_symptom_is_another_too(name, symptom_of_code):
    was = symptom_of_code(name, PROGRAMS[name])
    now = symptom_of_code(name, next(iter(RIGHT[name].values())))
    assert now != was
    assert "nothing to show" not in now


def test_eight_waves_turned_on_the_way_out_only_must_be_turned_together():
    code = changed(EIGHT_WAVES, ("fc(r_out).squeeze(-1)", "fc(r_out).squeeze(-1).T"))
    said, right = verdict(EXERCISES["eight_waves"], answer_of("eight_waves", code), 0)
    assert not right
    assert "input and output must be turned together" in said


def test_eight_waves_with_gradients_for_one_layer_only():
    code = changed(
        EXERCISES["eight_waves"].solution,
        ("    r_out", "    bias = fc.bias.detach()\n    r_out"),
        ("fc(r_out)", "nn.functional.linear(r_out, fc.weight, bias)"),
    )
    said, right = verdict(EXERCISES["eight_waves"], answer_of("eight_waves", code), 0)
    assert not right
    assert "no gradient reaches fc" in said


def test_eight_waves_without_gradients_at_all():
    code = changed(EXERCISES["eight_waves"].solution, (".squeeze(-1)", ".squeeze(-1).detach()"))
    said, right = verdict(EXERCISES["eight_waves"], answer_of("eight_waves", code), 0)
    assert not right
    assert "no gradient reaches rnn" in said


def test_eight_waves_another_answer_for_one_wave_alone():
    code = changed(
        EXERCISES["eight_waves"].solution, ("    return fc", "    return (len(features) > 1) * fc")
    )
    said, right = verdict(EXERCISES["eight_waves"], answer_of("eight_waves", code), 0)
    assert not right
    assert "alone, a wave gets another answer" in said


def test_the_symptom_of_waves_that_come_back_without_their_batch_says_so(symptom_of_code):
    code = EXERCISES["eight_waves"].misconceptions["squeezed"][0]
    assert symptom_of_code("eight_waves", code).startswith(
        "There is nothing to show: for features (1, 20) the prediction must have shape (1, 20)"
    )


def test_a_stuck_program_that_steps_on_a_retained_graph_raises_in_its_symptom(symptom_of):
    code = EXERCISES["stuck"].misconceptions["carried, with the graph retained"][0]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        symptom_of("stuck", answer_of("stuck", code))


def test_one_backward_at_the_end_goes_through_each_of_the_thirty_windows_once(symptom_of_code):
    one_sum = EXERCISES["thirty_windows"].misconceptions["one sum"][0]
    shown = symptom_of_code("thirty_windows", one_sum)
    assert "0 for window 1, 30 for window 30, 30 for all" in shown


def test_retain_graph_left_in_is_right_and_told():
    solution = EXERCISES["thirty_windows"].solution
    left_in = changed(solution, ("backward()", "backward(retain_graph=True)"))
    for code, told in ((solution, False), (left_in, True)):
        said, right = verdict(EXERCISES["thirty_windows"], answer_of("thirty_windows", code), 0)
        assert right
        assert said.endswith("retain_graph=True is not needed any more; take it out.") == told


def test_half_a_repair_of_the_exams_leaves_half_of_the_symptom(symptom_of_code):
    cases = EXERCISES["exams"].misconceptions
    from_zeros = symptom_of_code("exams", cases["from zeros"][0])
    assert "is over 30 times that" in from_zeros
    assert "last exam: error 3e-05" not in from_zeros
    thrown_away = symptom_of_code("exams", cases["the state of the exam thrown away"][0])
    assert "is less than 10 times that" in thrown_away


def test_whatever_the_seed_the_losses_jump_after_an_exam(monkeypatch, symptom_of):
    program = answer_of("exams", EXAM)
    ratios = []
    for seed in range(5):
        monkeypatch.setitem(SYMPTOMS, "exams", partial(testing._show_exam, seed=seed))
        text = symptom_of("exams", program)
        ratios.append(int(re.search(r"is over (\d+) times", text)[1]))
        last, cold = (float(number) for number in re.findall(r"error (\S+)$", text, re.MULTILINE))
        assert last < cold / 5
    assert np.median(ratios) >= 20


def test_the_symptom_of_the_exams_does_not_hide_a_change_in_place(symptom_of):
    code = changed(
        EXAM,
        ("        hidden = hidden.detach()\n", ""),
        ("loss.backward()", "loss.backward(retain_graph=True)"),
    )
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        symptom_of("exams", answer_of("exams", code))


def test_whatever_the_recording_the_test_ends_below_its_own_noise(monkeypatch, symptom_of):
    program = answer_of("recording", RECORDING)
    for seed in (2, 4, 6):
        monkeypatch.setitem(SYMPTOMS, "recording", partial(testing._show_recording, seed=seed))
        text = symptom_of("recording", program)
        test, fresh, noise = (
            float(number) for number in re.findall(r"[\d.]+$", text, re.MULTILINE)
        )
        assert test < noise < fresh / 1.5


def test_an_empty_part_is_named(symptom_of):
    code = changed(RECORDING, ("windows[order[cut:]]", "windows[len(windows) :]"))
    shown = symptom_of("recording", answer_of("recording", code))
    assert shown == "There is nothing to show: there are no test windows.\n"


def test_fewer_than_half_of_the_networks_beat_the_baseline_by_a_clear_gap(symptom_of_code):
    """What the symptom says does not hang on the last digit of a network's loss."""
    assert "fewer than half of 32 trained networks" in symptom_of_code("baseline", BASELINE)
    wave = np.sin(np.deg2rad(9 * np.arange(401)))
    said = answer_of("baseline", BASELINE)(wave[:-1])
    error = np.mean((said - wave[1:])[3:-1] ** 2)
    assert np.median(measures._last_losses()) > 1.1 * error


@pytest.mark.parametrize(
    "change",
    [
        ("    return ax", "    ax.axhline(0)\n    return ax"),
        ('features, "input", ax', 'features, "input"'),
        ("degrees[1:], features", "degrees[2:], features[1:]"),
    ],
)
def test_a_drawing_with_other_points_is_shown_without_a_distance(change, symptom_of):
    shown = symptom_of("two_figures", answer_of("two_figures", changed(DRAW, change)))
    assert shown.startswith(f"{FIGURE}Drawn are not 20 inputs and 20 predictions")


def test_one_point_at_the_seam_is_one_point():
    code = """
def split(wave, seq_len):
    windows = np.lib.stride_tricks.sliding_window_view(wave, seq_len + 1)
    cut = len(windows) * 3 // 4
    return windows[:cut], windows[cut + seq_len - 1 + EXTRA :]
"""
    for extra, said in ((0, "1 point is still in both"), (-1, "2 points are still in both")):
        answer = answer_of("recording", code.replace("EXTRA", str(extra)))
        assert said in verdict(EXERCISES["recording"], answer, 0)[0]


# What the texts claim -----------------------------------------------------------------------------


def test_rolled_labels_look_mended_on_the_wave_of_the_symptom(symptom_of_code):
    codes = EXERCISES["low_loss"].misconceptions["rolled"][0], EXERCISES["low_loss"].solution
    rolled, solution = (answer_of("low_loss", code) for code in codes)
    assert symptom_of_code("low_loss", codes[0]) == symptom_of_code("low_loss", codes[1])
    assert not np.allclose(rolled(3, start=10.0)[1], solution(3, start=10.0)[1])


def test_nobody_foresees_the_coin():
    """However the last points are weighted, the error on the path stays above 0.95."""
    path = np.cumsum(np.random.default_rng(0).choice([-1.0, 1.0], 4001))
    past = np.stack([path[lag : len(path) - 5 + lag] for lag in range(5)], axis=1)
    weights = np.linalg.lstsq(past, path[5:], rcond=None)[0]
    assert np.mean((past @ weights - path[5:]) ** 2) > 0.95


def test_a_network_learns_with_the_wrong_gradient_as_long_as_the_memory_fades_slowly():
    program = answer_of("fading", FADING)
    wave = torch.sin(torch.deg2rad(9 * torch.arange(41.0, dtype=torch.float64)))
    last = {}
    for keep in (0.5, 0.9):
        torch.manual_seed(0)
        shapes = ((8,), (8, 8), (8,))
        weights = [(0.3 * torch.randn(s, dtype=torch.float64)).requires_grad_() for s in shapes]

        def loss_of(step, weights=weights, keep=keep):
            return program(*weights, wave[:-1], wave[1:], keep)

        last[keep] = base.fit(weights, loss_of, 120)[-1]
    assert last[0.9] < 0.01
    assert last[0.5] > 0.05


def test_without_noise_the_shared_points_do_not_show():
    wave = np.sin(np.deg2rad(9 * np.arange(100)))
    train, test = (torch.tensor(w)[:, :, None] for w in answer_of("recording", RECORDING)(wave, 20))
    fresh = np.lib.stride_tricks.sliding_window_view(wave, 21).copy()
    torch.manual_seed(0)
    rnn = rh.WaveRNN().double()

    def error(windows):
        return nn.functional.mse_loss(rnn(windows[:, :-1])[0], windows[:, 1:])

    base.fit(rnn.parameters(), lambda step: error(train), 150)
    with torch.no_grad():
        assert 0.5 < error(test) / error(torch.tensor(fresh)[:, :, None]) < 2


def test_the_exams_flatter_after_whole_turns_and_not_elsewhere():
    """Exams after an odd number of half-turns begin with a state of the falling wave."""
    program = answer_of("exams", EXAM)
    exam = torch.sin(torch.deg2rad(9 * torch.arange(31.0))).reshape(1, -1, 1)
    last = {}
    for every in (20, 25):
        torch.manual_seed(3)
        rnn = rh.WaveRNN()
        optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)
        last[every] = program(rnn, optimizer, base.rolling(5 * every), exam, every)[1][-1]
    assert last[20] < 0.001
    assert last[25] > 0.01


# The keeper ---------------------------------------------------------------------------------------


def test_a_change_that_does_not_fit_the_program_is_refused():
    with pytest.raises(ValueError, match="must occur once in the program, not 0"):
        changed(WINDOWS, ("wave[:, 7:]", "wave"))
    with pytest.raises(ValueError, match="not 2"):
        changed(DRAW, ("degrees[1:]", "degrees"))


def test_a_program_is_kept_once(monkeypatch):
    monkeypatch.setattr(engine, "EXERCISES", dict(EXERCISES))
    monkeypatch.setattr(base, "SYMPTOMS", dict(SYMPTOMS))
    parts = {"hints": ("Look.",), "solution": "def f():\n    return 1", "misconceptions": {}}
    base.keep("new", "def f():\n    return 2", print, lambda *_: "", **parts)
    assert engine.EXERCISES["new"].stub.endswith('rh.symptom("new", f)\nrh.check("new", f)')
    assert "both cells again" in engine.EXERCISES["new"].untouched
    with pytest.raises(ValueError, match="already"):
        base.keep("new", "def f():\n    return 2", print, lambda *_: "", **parts)


def test_the_committed_symptoms_are_those_of_the_programs(symptom_of_code):
    (path,) = (tool.ROOT / "notebooks").glob("08_*.ipynb")
    cells = {c.source.split('rh.symptom("')[-1].split('"')[0]: c for c in tool.read(path).cells}
    for name, program in PROGRAMS.items():
        shown = symptom_of_code(name, program)
        committed = "".join(
            output.get("text", "") or output.data["text/plain"] + "\n"
            for output in cells[name].outputs
        )
        assert committed.startswith(shown.replace(FIGURE, ""))
