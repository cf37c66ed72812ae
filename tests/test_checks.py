"""Bad input: the message says what was wrong, what was given, and what to give instead."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers import _checks
from rnn_helpers.network import hold_gates
from rnn_helpers.training import ManyRNNs


def untrained_many(cell):
    h_n = np.zeros((2, 4))
    h_n = (h_n, h_n) if cell == "LSTM" else h_n
    return ManyRNNs((0, 1), rh.initial_weights([0, 1], 4, cell), np.zeros((1, 2)), h_n)


MANY, MANY_LSTM = untrained_many("RNN"), untrained_many("LSTM")
ONE, ONE_LSTM = MANY.model(0), MANY_LSTM.model(0)

# Each check, with everything that it refuses


@pytest.mark.parametrize("value", [1.5, 3.0, True, "3", None, np.float64(3), [3]], ids=repr)
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(TypeError, match=r"^n must be a whole number, but .* is a .*; give an int"):
        _checks.whole_number("n", value, 1)


def test_a_whole_number_lies_between_its_limits():
    for kind in (int, np.int64, np.uint8):
        assert _checks.whole_number("n", kind(5), 5, 5) == 5
        assert type(_checks.whole_number("n", kind(5), 5)) is int  # 200 + 200 is no uint8
    with pytest.raises(ValueError, match=r"^n must be at least 6, but 5 was given"):
        _checks.whole_number("n", 5, 6)
    with pytest.raises(ValueError, match=r"^n must be at most 4, but 5 was given"):
        _checks.whole_number("n", 5, 0, 4)


@pytest.mark.parametrize("value", [True, "9", None, [9.0], 9j], ids=repr)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=r"^x must be a number, but .* is a .*; give a float"):
        _checks.real_number("x", value)


def test_a_number_is_finite_and_may_have_to_be_positive():
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match=f"^x must be finite, but {value} was given"):
            _checks.real_number("x", value)
    for value in (0, -9.0):
        assert _checks.real_number("x", value) == value
        with pytest.raises(ValueError, match=f"^x must be greater than zero, but {value} was"):
            _checks.real_number("x", value, positive=True)


@pytest.mark.parametrize("value", ["Carry", "", None, 1, ["carry"]], ids=repr)
def test_a_word_is_one_of_those_allowed(value):
    with pytest.raises(ValueError, match=r"^regime must be one of 'carry', 'reset', but .* was"):
        _checks.one_of("regime", value, {"carry": 1, "reset": 2})


@pytest.mark.parametrize(
    "values", [["0.1"], [True], [1j], "0.1", [[1], [2, 3]], None, [None], {}], ids=repr
)
def test_a_sequence_of_what_is_no_number_is_refused(values):
    with pytest.raises(TypeError, match=r"^x must be a sequence of numbers, but a .* was given"):
        _checks.sequence("x", values)


@pytest.mark.parametrize("values", [[], 0.5, [[0.5]], torch.zeros(1, 2, 1)], ids=str)
def test_a_sequence_of_another_shape_is_refused(values):
    with pytest.raises(ValueError, match=r"^x must have shape \(n,\), not empty, but shape \("):
        _checks.sequence("x", values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_in_a_sequence_is_refused_and_its_place_is_told(value):
    with pytest.raises(ValueError, match=r"^x must be finite, .* at position 1;"):
        _checks.sequence("x", [0.5, value])


@pytest.mark.parametrize("seeds", [3, 2.5, "012", b"012", None], ids=repr)
def test_seeds_are_several(seeds):
    with pytest.raises(TypeError, match=r"^seeds must be several whole numbers, but .* is a "):
        _checks.seed_list(seeds)


def test_there_is_at_least_one_seed_and_torch_can_take_it():
    with pytest.raises(ValueError, match=r"^seeds must hold at least one seed"):
        _checks.seed_list([])
    with pytest.raises(ValueError, match=f"^every seed must be at most {2**64 - 1}"):
        _checks.seed_list([0, 2**64])
    assert _checks.seed_list(iter([2**64 - 1, np.int64(3)])) == [2**64 - 1, 3]


def test_what_holds_one_number_counts_as_that_number():
    for kind in (np.array, torch.tensor, np.ma.array):
        assert type(_checks.whole_number("n", kind(5), 1)) is int
        assert _checks.real_number("x", kind(4.5)) == 4.5
        assert _checks.flag("it", kind(True)) is True
    assert _checks.seed_list(torch.arange(2)) == [0, 1]
    assert _checks.flag("it", np.False_) is False
    for seeds in (np.array(3), torch.tensor(3)):
        with pytest.raises(TypeError, match=r"^seeds must be several whole numbers"):
            _checks.seed_list(seeds)


@pytest.mark.parametrize("value", ["no", 50, 0, None, np.array([True, False])], ids=repr)
def test_what_only_counts_as_true_or_false_is_refused(value):
    with pytest.raises(TypeError, match=r"^every_step must be True or False, but .* is a "):
        rh.train_recall([0], 2, "GRU", num_steps=1, every_step=value)


MASKED = np.ma.masked_array([0.1, 0.2], mask=[False, True])


def test_a_mask_is_not_lost():
    for call in (
        lambda: rh.predict(ONE, MASKED),
        lambda: rh.train_elman_many([0], [1, 2], MASKED, epochs=1),
        lambda: rh.plot_band([0, 1], MASKED[None], label="a"),
        lambda: rh.predict(MANY, [0.5], np.ma.masked_less(np.zeros((2, 4)), 1)),
    ):
        with pytest.raises(ValueError, match=r"must have no masked values, but some are;"):
            call()
    np.testing.assert_array_equal(_checks.sequence("x", MASKED[:1]), [0.1])
    with pytest.raises(TypeError, match=r"^x must be a number"):
        _checks.real_number("x", MASKED[1:].reshape(()))


# Each argument of each function is checked


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rh.make_window(start="0"), "start must be a number"),
        (lambda: rh.make_window(step=0), "step must be greater than zero"),
        (lambda: rh.make_window(step=1e300), r"step must lie within 1e\+09 of zero, but 1e\+300"),
        (lambda: rh.make_window(-1e300), "start must lie within"),
        (lambda: rh.make_window(seq_len=0), "seq_len must be at least 1"),
        (lambda: rh.make_prime(-1), "the length of the prime must be at least 0"),
        (lambda: rh.make_prime(3, start=np.nan), "start must be finite"),
        (lambda: rh.make_prime(3, step=-9), "the step of the prime must be greater than zero"),
        (lambda: rh.make_prime(3, step=1e308), "the step of the prime must lie within"),
        (lambda: rh.WaveRNN(input_size=0), "input_size must be at least 1"),
        (lambda: rh.WaveRNN(output_size=0), "output_size must be at least 1"),
        (lambda: rh.WaveRNN(hidden_size=2.0), "hidden_size must be a whole number"),
        (lambda: rh.WaveRNN(num_layers=0), "num_layers must be at least 1"),
        (lambda: rh.WaveRNN(cell="lstm"), "cell must be one of 'RNN', 'LSTM', 'GRU'"),
        (lambda: rh.WaveRNN(cell=np.array(["RNN", "GRU"])), "cell must be one of"),
        (lambda: ONE(torch.zeros(1, 0, 1)), r"x must have shape .* \(1, 0, 1\) .* at least 1"),
        (lambda: rh.initial_weights([-1]), "every seed must be at least 0"),
        (lambda: hold_gates(MANY_LSTM.weights, 1), "gap must be at least 2"),
        (lambda: rh.train_many(3), "seeds must be several"),
        (lambda: rh.train_many([0], 0), "num_steps must be at least 1"),
        (lambda: rh.train_many([0], hidden_size=0), "hidden_size must be at least 1"),
        (lambda: rh.train_many([0], cell="rnn"), "cell must be one of"),
        (lambda: rh.train_many([0], lr=0), "lr must be greater than zero"),
        (lambda: rh.train_many([0], regime=1), "regime must be one of 'carry', 'reset', 'half-t"),
        (lambda: rh.train_many([0], step=-9), "step must be greater than zero"),
        (lambda: rh.train_many([0], step=1e300), "step must lie within"),
        (
            lambda: rh.train_many([0], regime="half-turn", step=5),
            r"step \* seq_len of a half-turn must be 180 degrees, but 5.0 \* 20 was given; .*=9,",
        ),
        (lambda: rh.train_many([0], cell="GRU", hold=1), "hold must be at least 2"),
        (lambda: rh.train_recall([3], 1, "GRU", begin="hold"), "gap must be at least 2"),
        (lambda: rh.train_recall([3], 2, begin="open"), "begin must be one of 'default', 'hold'"),
        (lambda: rh.train_recall([], 2), "seeds must hold at least one seed"),
        (lambda: rh.train_recall([0], 0), "gap must be at least 1"),
        (lambda: rh.train_recall([0], 2, num_steps=0), "num_steps must be at least 1"),
        (lambda: rh.train_recall([0], 2, batch=True), "batch must be a whole number"),
        (lambda: rh.train_recall([0], 2, lr="fast"), "lr must be a number"),
        (lambda: rh.initial_elman_weights(-1), "seed must be at least 0"),
        (lambda: rh.train_elman_many([], [1], [1]), "seeds must hold at least one seed"),
        (lambda: rh.train_elman_many([0], [np.nan], [1]), "x must be finite"),
        (lambda: rh.train_elman_many([0], [1], ["a"]), "target must be a sequence"),
        (lambda: rh.train_elman_many([0], [1, 2, 3], [1]), "x and target must have the same len"),
        (lambda: rh.train_elman_many([0], [1], [1], epochs=0), "epochs must be at least 1"),
        (lambda: rh.train_elman_many([0], [1], [1], detach_every=0), "detach_every must be at l"),
        (lambda: rh.train_elman_many([0], [1], [1], lr=-1.0), "lr must be greater than zero"),
        (lambda: rh.train_elman_many([0], [1], [1], hidden_size=0), "hidden_size must be at l"),
        (lambda: rh.predict(ONE, [[[0.5]]]), r"features must have shape \(n,\)"),
        (lambda: rh.predict(MANY, [np.inf]), "features must be finite"),
        (lambda: rh.predict(rh.WaveRNN(input_size=2), [0.5]), "model must have input_size 1 and"),
        (lambda: rh.predict(rh.WaveRNN, [0.5]), "model must be a WaveRNN, but a type was given"),
        (lambda: rh.forecast([ONE]), r"model must be a WaveRNN, .* all that rh\.train_many ret"),
        (lambda: rh.forecast(torch.nn.RNN(1, 4)), "model must be a WaveRNN, but a RNN was given"),
        (lambda: rh.forecast(ONE, num_points=0), "num_points must be at least 1"),
        (lambda: rh.forecast(MANY, prime_length=3, prime_step=0), "the step of the prime must be"),
        (lambda: rh.forecast(ONE).first_mse(0), "count must be at least 1"),
        (lambda: MANY.model(2), "index must be at most 1, but 2 was given"),
        (lambda: rh.ambiguity_floor(0, 0), "step must be greater than zero"),
        (lambda: rh.ambiguity_floor(None, 9), "start must be a number"),
        (lambda: rh.ambiguity_floor([0.0, np.nan], 9), "start must be finite"),
        (lambda: rh.ambiguity_floor(0, 1e300), "step must lie within"),
        (lambda: rh.median_index([0.1, np.nan]), "values must be finite"),
        (lambda: rh.plot_wave(0, 1e300), "high must lie within"),
    ],
)
def test_a_bad_argument_is_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        call()


# The hidden state of another model


GOOD = np.zeros((2, 4))


@pytest.mark.parametrize(
    ("model", "h_0", "message"),
    [
        (MANY, np.zeros((3, 4)), r"h_0 must have shape .* = \(2, 4\), but shape \(3, 4\) was"),
        (MANY, np.zeros((1, 4)), r"h_0 must have shape .* = \(2, 4\), but shape \(1, 4\) was"),
        (MANY, np.zeros(4), r"h_0 must have shape \(num_models, hidden_size\) = \(2, 4\), but"),
        (MANY, torch.zeros(1, 1, 4), "h_0 must be a ndarray, but a Tensor was given"),
        (MANY, (GOOD, GOOD), "h_0 must be a ndarray, but a tuple was given"),
        (MANY_LSTM, (GOOD, np.zeros((2, 5))), r"c_0 must have shape .* but shape \(2, 5\) was"),
        (MANY_LSTM, (np.zeros((2, 1, 4)), GOOD), r"h_0 must have shape .* but shape \(2, 1, 4\)"),
        (MANY_LSTM, (GOOD, None), "c_0 must be a ndarray, but a NoneType was given"),
        (MANY_LSTM, GOOD, r"h_0 of an LSTM must be a tuple of two, \(h_0, c_0\), but ndarray was"),
        (MANY_LSTM, (GOOD,), "h_0 of an LSTM must be a tuple of two, .* but a tuple of 1 was"),
        (ONE, GOOD, "h_0 must be a Tensor, but a ndarray was given"),
        (ONE, torch.zeros(1, 1, 5), r"h_0 must have shape .* = \(1, 1, 4\), but shape \(1, 1, 5\)"),
        (ONE, torch.zeros(2, 1, 4), r"h_0 must have shape \(num_layers, batch, hidden_size\) = "),
        (ONE, torch.zeros(1, 2, 4), r"h_0 must have shape .* = \(1, 1, 4\), but shape \(1, 2, 4\)"),
        (ONE_LSTM, (GOOD, GOOD), "h_0 must be a Tensor, but a ndarray was given"),
        (ONE, torch.zeros(1, 1, 4).double(), "h_0 must have dtype torch.float32, .*float64 was"),
        (ONE, torch.full((1, 1, 4), torch.nan), "h_0 must be finite"),
        (MANY, GOOD + np.inf, "h_0 must be finite"),
        (MANY_LSTM, (GOOD, GOOD * np.nan), "h_0 must be finite"),
        (MANY, np.full((2, 4), "a"), "h_0 must be a sequence of numbers, but a ndarray of <U1 was"),
    ],
)
@pytest.mark.parametrize("prime_length", [0, 3])
def test_the_hidden_state_of_another_model_is_refused(model, h_0, message, prime_length):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        rh.forecast(model, prime_length=prime_length, h_0=h_0)


def test_a_network_that_has_diverged_is_tested_without_a_word_about_a_state():
    lost = rh.train_many([0], 2, lr=1e308)
    for model in (lost, lost.model(0)):
        assert np.isnan(rh.forecast(model, prime_length=3).predictions).all()


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.bool])
def test_an_input_of_another_dtype_is_answered_by_what_to_give(dtype):
    with pytest.raises(ValueError, match=rf"^x must .* but {dtype} .* give x\.to\(torch.float32\)"):
        ONE(torch.zeros(1, 3, 1, dtype=dtype))


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: rh.plot_points([0], [1], "input", ax),
        lambda ax: rh.plot_window(rh.make_window(), ax),
        lambda ax: rh.plot_bands([0], {"a": [[1]]}, ax),
        lambda ax: rh.plot_cell("LSTM", ax),
        lambda ax: rh.plot_state_path(rh.state_plane(ONE), rh.forecast(ONE), ax),
        lambda ax: rh.plot_unrolled_network(2, ax),
        rh.legend_above,
    ],
)
def test_what_is_not_one_of_the_axes_is_refused(draw):
    figure, two = plt.subplots(2)
    for ax in (figure, two, (figure, two), "ax"):
        with pytest.raises(TypeError, match=r"^ax must be a Axes, but .* give one of the axes"):
            draw(ax)
    plt.close(figure)
