"""Bad input: the message says what was wrong, what was given, and what to give instead."""

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
ONE = MANY.model(0)

# Each check, with everything that it refuses

NO_WHOLE_NUMBERS = (1.5, 3.0, True, "3", None, np.float64(3), [3])
NO_NUMBERS = (True, "9", None, [9.0], 9j)
NO_SEQUENCES = (["0.1"], [True], [1j], "0.1", [[1], [2, 3]], None)
OTHER_SHAPES = ([], 0.5, [[0.5]], torch.zeros(1, 2, 1))
NO_FLAGS = ("no", 50, 0, None, np.array([True, False]))
NO_SEEDS = (3, 2.5, "012", None, np.array(3))


@pytest.mark.parametrize(
    ("check", "refused", "message"),
    [
        (lambda n: _checks.whole_number("n", n, 1), NO_WHOLE_NUMBERS, "n must be a whole number"),
        (lambda x: _checks.real_number("x", x), NO_NUMBERS, "x must be a number, but .* is a "),
        (lambda x: _checks.real_number("x", x), (np.nan, -np.inf), "x must be finite, but "),
        (lambda x: _checks.real_number("x", x, positive=True), (0, -9.0), "x must be greater than"),
        (lambda x: _checks.one_of("x", x, "ab"), ("A", None, ["a"]), "x must be one of 'a', 'b'"),
        (lambda x: _checks.sequence("x", x), NO_SEQUENCES, "x must be a sequence of numbers, but "),
        (lambda x: _checks.sequence("x", x), OTHER_SHAPES, r"x must have shape \(n,\), not empty"),
        (lambda x: _checks.sequence("x", [1, x]), (np.nan, np.inf), "x must be .* at position 1;"),
        (lambda x: _checks.flag("x", x), NO_FLAGS, "x must be True or False, but .* is a "),
        (_checks.seed_list, NO_SEEDS, "seeds must be several whole numbers, but .* is a "),
        (_checks.seed_list, ([],), "seeds must hold at least one seed"),
        (_checks.seed_list, ([0, 2**64],), f"every seed must be at most {2**64 - 1}"),
    ],
)
def test_a_check_says_what_must_be_and_what_was_given(check, refused, message):
    for value in refused:
        with pytest.raises((TypeError, ValueError), match=f"^{message}"):
            check(value)


def test_a_whole_number_lies_between_its_limits():
    for kind in (int, np.int64, np.uint8):
        assert _checks.whole_number("n", kind(5), 5, 5) == 5
        assert type(_checks.whole_number("n", kind(5), 5)) is int  # 200 + 200 is no uint8
    with pytest.raises(ValueError, match=r"^n must be at least 6, but 5 was given"):
        _checks.whole_number("n", 5, 6)
    with pytest.raises(ValueError, match=r"^n must be at most 4, but 5 was given"):
        _checks.whole_number("n", 5, 0, 4)


def test_what_holds_one_number_counts_as_that_number():
    for kind in (np.array, torch.tensor, np.ma.array):
        assert type(_checks.whole_number("n", kind(5), 1)) is int
        assert _checks.real_number("x", kind(4.5)) == 4.5
        assert _checks.flag("it", kind(True)) is True
    assert _checks.seed_list(torch.arange(2)) == [0, 1]
    assert _checks.seed_list(iter([2**64 - 1, np.int64(3)])) == [2**64 - 1, 3]


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


# What would be computed all the same, and be wrong, or end in a message from far below


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rh.make_window(start="0"), "start must be a number"),
        (lambda: rh.make_window(step=0), "step must be greater than zero"),
        (lambda: rh.make_window(step=1e300), r"step must lie within 1e\+09 of zero, but 1e\+300"),
        (lambda: rh.make_prime(-1), "the length of the prime must be at least 0"),
        (lambda: rh.WaveRNN(hidden_size=2.0), "hidden_size must be a whole number"),
        (lambda: rh.WaveRNN(cell="lstm"), "cell must be one of 'RNN', 'LSTM', 'GRU'"),
        (lambda: ONE(torch.zeros(1, 0, 1)), r"x must have shape .* \(1, 0, 1\) .* at least 1"),
        (lambda: hold_gates(MANY_LSTM.weights, 1), "gap must be at least 2"),
        (lambda: rh.train_many(3), "seeds must be several"),
        (lambda: rh.train_many([0], 0), "num_steps must be at least 1"),
        (lambda: rh.train_many([0], lr=0), "lr must be greater than zero"),
        (lambda: rh.train_many([0], regime=1), "regime must be one of 'carry', 'reset', 'half-t"),
        (
            lambda: rh.train_many([0], regime="half-turn", step=5),
            r"step \* seq_len of a half-turn must be 180 degrees, but 5.0 \* 20 was given; .*=9,",
        ),
        (lambda: rh.train_many([0], cell="GRU", hold=1), "hold must be at least 2"),
        (lambda: rh.train_recall([3], 2, begin="open"), "begin must be one of 'default', 'hold'"),
        (lambda: rh.train_recall([0], 0), "gap must be at least 1"),
        (lambda: rh.train_recall([0], 2, batch=True), "batch must be a whole number"),
        (lambda: rh.train_elman_many([0], [1, 2, 3], [1]), "x and target must have the same len"),
        (lambda: rh.train_elman_many([0], [1], [1], detach_every=0), "detach_every must be at l"),
        (lambda: rh.predict(ONE, [[[0.5]]]), r"features must have shape \(n,\)"),
        (lambda: rh.predict(rh.WaveRNN(input_size=2), [0.5]), "model must have input_size 1 and"),
        (lambda: rh.predict(rh.WaveRNN, [0.5]), "model must be a WaveRNN, but a type was given"),
        (lambda: rh.forecast([ONE]), r"model must be a WaveRNN, .* all that rh\.train_many ret"),
        (lambda: rh.forecast(ONE).first_mse(0), "count must be at least 1"),
        (lambda: MANY.model(2), "index must be at most 1, but 2 was given"),
        (lambda: rh.ambiguity_floor([0.0, np.nan], 9), "start must be finite"),
        (lambda: rh.median_index([0.1, np.nan]), "values must be finite"),
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
        (MANY, np.zeros((1, 4)), r"h_0 must have shape .* = \(2, 4\), but shape \(1, 4\) was"),
        (MANY, torch.zeros(1, 1, 4), "h_0 must be a ndarray, but a Tensor was given"),
        (MANY_LSTM, (GOOD, np.zeros((2, 5))), r"c_0 must have shape .* but shape \(2, 5\) was"),
        (MANY_LSTM, GOOD, r"h_0 of an LSTM must be a tuple of two, \(h_0, c_0\), but ndarray was"),
        (ONE, GOOD, "h_0 must be a Tensor, but a ndarray was given"),
        (ONE, torch.zeros(1, 2, 4), r"h_0 must have shape .* = \(1, 1, 4\), but shape \(1, 2, 4\)"),
        (ONE, torch.zeros(1, 1, 4).double(), "h_0 must have dtype torch.float32, .*float64 was"),
        (ONE, torch.full((1, 1, 4), torch.nan), "h_0 must be finite"),
        (MANY, GOOD + np.inf, "h_0 must be finite"),
        (MANY, np.full((2, 4), "a"), "h_0 must be a sequence of numbers, but a ndarray of <U1 was"),
    ],
)
def test_the_hidden_state_of_another_model_is_refused(model, h_0, message):
    for prime_length in (0, 3):
        with pytest.raises((TypeError, ValueError), match=f"^{message}"):
            rh.forecast(model, prime_length=prime_length, h_0=h_0)


def test_a_network_that_has_diverged_is_tested_without_a_word_about_a_state():
    lost = rh.train_many([0], 2, lr=1e308)
    for model in (lost, lost.model(0)):
        assert np.isnan(rh.forecast(model, prime_length=3).predictions).all()


def test_an_input_of_another_dtype_is_answered_by_what_to_give():
    with pytest.raises(ValueError, match=r"^x must .* torch.float64 .* x\.to\(torch.float32\)"):
        ONE(torch.zeros(1, 3, 1, dtype=torch.float64))
