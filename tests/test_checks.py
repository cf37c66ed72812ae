"""Bad input: the message says what was wrong, what was given, and what to give instead."""

import numpy as np
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers import _checks
from rnn_helpers.network import hold_gates
from rnn_helpers.training import ManyRNNs

MANY = ManyRNNs((0, 1), rh.initial_weights([0, 1], 4))
MANY_LSTM = ManyRNNs((0, 1), rh.initial_weights([0, 1], 4, "LSTM"))
ONE = MANY.model(0)


@pytest.mark.parametrize(
    ("check", "refused", "message"),
    [
        (
            lambda n: _checks.whole_number("n", n, 1),
            (1.5, 3.0, True, "3", None, [3]),
            "n must be a whole number, not .* of type ",
        ),
        (lambda n: _checks.whole_number("n", n, 6, 7), (5,), "n must be at least 6, but 5 was"),
        (lambda n: _checks.whole_number("n", n, 6, 7), (8,), "n must be at most 7, but 8 was"),
        (lambda x: _checks.real_number("x", x), (True, "9", None, 9j), "x must be a number, not "),
        (lambda x: _checks.real_number("x", x), (np.nan, -np.inf), "x must be finite, but "),
        (lambda x: _checks.real_number("x", x, positive=True), (0, -9.0), "x must be greater than"),
        (lambda x: _checks.one_of("x", x, "ab"), ("A", None, ["a"]), "x must be one of 'a', 'b'"),
        (
            lambda x: _checks.sequence("x", x),
            (["0.1"], [True], [1j], "0.1", [[1], [2, 3]], None),
            "x must be a sequence of numbers, but ",
        ),
        (
            lambda x: _checks.sequence("x", x),
            ([], 0.5, [[0.5]], torch.zeros(1, 2, 1)),
            r"x must have shape \(n,\), not empty",
        ),
        (lambda x: _checks.sequence("x", [1, x]), (np.nan, np.inf), "x must be .* at position 1;"),
        (_checks.seed_list, (3, "012", None, np.array(3)), "seeds must be several whole numbers"),
        (_checks.seed_list, ([],), "seeds must hold at least one seed"),
        (_checks.seed_list, ([0, 2**64],), f"every seed must be at most {2**64 - 1}"),
    ],
)
def test_a_check_says_what_must_be_and_what_was_given(check, refused, message):
    for value in refused:
        with pytest.raises((TypeError, ValueError), match=f"^{message}"):
            check(value)


def test_numbers_of_numpy_and_torch_count_as_numbers():
    for kind in (int, np.int64, np.uint8):
        assert type(_checks.whole_number("n", kind(5), 5, 5)) is int  # 200 + 200 is no uint8
    seeds = _checks.seed_list(iter([2**64 - 1, np.int64(3)]))
    assert seeds == [2**64 - 1, 3]
    np.testing.assert_array_equal(_checks.sequence("x", torch.ones(2).bfloat16()), [1, 1])


GOOD = np.zeros((2, 4))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rh.make_window(seq_len=2.5), "seq_len must be a whole number"),
        (lambda: rh.make_prime(-1), "the length of the prime must be at least 0"),
        (lambda: rh.WaveRNN(cell="lstm"), "cell must be one of 'RNN', 'LSTM', 'GRU'"),
        (lambda: ONE(torch.zeros(1, 0, 1)), r"x must have shape .* \(1, 0, 1\) .* at least 1"),
        (lambda: ONE(torch.zeros(1, 3, 1).double()), r"x must .*64 .* x\.to\(torch.float32\)"),
        (lambda: hold_gates(MANY_LSTM.weights, 1), "gap must be at least 2"),
        (lambda: rh.train_many([0], regime=1), "regime must be one of 'carry', 'reset', 'half-t"),
        (
            lambda: rh.train_many([0], regime="half-turn", step=5),
            r"step \* seq_len of a half-turn must be 180 degrees, but 5 \* 20 was given; .*=9,",
        ),
        (lambda: rh.train_many([0], optimizer="adam"), "optimizer must be one of 'Adam', 'SGD'"),
        (lambda: rh.train_many([0], regime="reset", h_0=GOOD), "regime must be 'carry' if there"),
        (lambda: rh.train_recall([3], 2, begin="open"), "begin must be one of 'default', 'hold'"),
        (lambda: rh.train_recall([0], 0), "gap must be at least 1"),
        (lambda: rh.train_elman_many([0], [1, 2, 3], [1]), "x and target must have the same len"),
        (lambda: rh.train_elman_many([0], [1], [1], optimizer="adam"), "optimizer must be one of"),
        (lambda: rh.predict(ONE, [[[0.5]]]), r"features must have shape \(n,\)"),
        (lambda: rh.predict(rh.WaveRNN(input_size=2), [0.5]), "model must have input_size 1 and"),
        (lambda: rh.forecast([ONE]), r"model must be of type WaveRNN, not list; .*train_many ret"),
        (lambda: rh.median_index([0.1, np.nan]), "values must be finite"),
        # The hidden state of another model, which NumPy might stretch
        (lambda: rh.predict(MANY, [0.5], GOOD[:1]), r"h_0 must have shape .* = \(2, 4\), but sha"),
        (lambda: rh.predict(MANY, [0.5], torch.zeros(2, 4)), "h_0 must be of type ndarray, not T"),
        (lambda: rh.predict(MANY_LSTM, [0.5], (GOOD, GOOD[:, :1])), "c_0 must have shape"),
        (lambda: rh.predict(MANY_LSTM, [0.5], GOOD), r"h_0 of an LSTM must be .*but ndarray was"),
        (lambda: rh.predict(ONE, [0.5], GOOD), "h_0 must be of type Tensor, not ndarray"),
        (lambda: rh.predict(ONE, [0.5], torch.zeros(1, 2, 4)), r"h_0 must .* = \(1, 1, 4\), but"),
    ],
)
def test_what_would_be_wrong_without_a_word_is_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        call()


def test_a_network_that_has_diverged_is_tested_without_a_word_about_a_state():
    lost = rh.train_many([0], 2, lr=1e308)
    for model in (lost, lost.model(0)):
        assert np.isnan(rh.forecast(model, prime_length=3).predictions).all()
