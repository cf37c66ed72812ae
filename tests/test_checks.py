"""Bad input: the message says what was wrong, and nothing has changed."""

import numpy as np
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers.recall import open_gates


def untrained_many(cell):
    h_n = np.zeros((2, 4))
    h_n = (h_n, h_n) if cell == "LSTM" else h_n
    return rh.ManyRNNs((0, 1), rh.initial_weights([0, 1], 4, cell), np.zeros((1, 2)), h_n)


MANY = untrained_many("RNN")
ONE = MANY.model(0)
MANY_LSTM = untrained_many("LSTM")
ONE_LSTM = MANY_LSTM.model(0)
RECALL = rh.RecallRun(MANY.weights, np.zeros((1, 2)), np.zeros(2))
MODELS = pytest.mark.parametrize("model", [ONE, MANY], ids=["one", "many"])
NOT_WHOLE = [1.5, 3.0, True, "3", None, np.float64(3), [3], np.nan]
NOT_A_NUMBER = [True, "9", None, [9.0], 9j]
NOT_FINITE = [np.nan, np.inf, -np.inf]

WHOLE_NUMBERS = [
    # what is called with the bad number, how the message calls it, the least that is allowed
    (lambda n: rh.make_window(seq_len=n), "seq_len", 1),
    (lambda n: rh.make_prime(n), "the length of the prime", 0),
    (lambda n: rh.WaveRNN(input_size=n), "input_size", 1),
    (lambda n: rh.WaveRNN(output_size=n), "output_size", 1),
    (lambda n: rh.WaveRNN(hidden_size=n), "hidden_size", 1),
    (lambda n: rh.WaveRNN(num_layers=n), "num_layers", 1),
    (lambda n: rh.train(rh.WaveRNN(), n), "num_steps", 1),
    (lambda n: rh.train(rh.WaveRNN(), 2, seq_len=n), "seq_len", 1),
    (lambda n: rh.train_many([0], n), "num_steps", 1),
    (lambda n: rh.train_many([0], 2, seq_len=n), "seq_len", 1),
    (lambda n: rh.train_many([0], 2, hidden_size=n), "hidden_size", 1),
    (lambda n: rh.train_many([0, n], 2), "every seed", 0),
    (lambda n: rh.initial_weights([n]), "every seed", 0),
    (lambda n: rh.initial_weights([0], n), "hidden_size", 1),
    (lambda n: rh.initial_elman_weights(n), "seed", 0),
    (lambda n: rh.initial_elman_weights(0, n), "hidden_size", 1),
    (lambda n: rh.train_elman_many([0], [1], [1], epochs=n), "epochs", 1),
    (lambda n: rh.train_elman_many([0], [1], [1], detach_every=n), "detach_every", 1),
    (lambda n: rh.train_elman_many([0], [1], [1], hidden_size=n), "hidden_size", 1),
    (lambda n: rh.train_elman_many([n], [1], [1]), "every seed", 0),
    (lambda n: rh.forecast(ONE, num_points=n), "num_points", 1),
    (lambda n: rh.forecast(MANY, prime_length=n), "the length of the prime", 0),
    (lambda n: rh.forecast(ONE).first_mse(n), "count", 1),
    (lambda n: MANY.model(n), "index", 0),
    (lambda n: RECALL.model(n), "index", 0),
    (lambda n: open_gates(MANY_LSTM.weights, n), "gap", 2),
    (lambda n: rh.train_recall([0], n), "gap", 1),
    (lambda n: rh.train_recall([0], n, "GRU", opened=True), "gap", 1),
    (lambda n: rh.train_recall([0], 2, num_steps=n), "num_steps", 1),
    (lambda n: rh.train_recall([0], 2, num_steps=1, batch=n), "batch", 1),
    (lambda n: rh.train_recall([0], 2, num_steps=1, hidden_size=n), "hidden_size", 1),
    (lambda n: rh.train_recall([0, n], 2, num_steps=1), "every seed", 0),
]
STEPS = [
    (lambda step: rh.make_window(step=step), "step"),
    (lambda step: rh.make_prime(3, step=step), "the step of the prime"),
    (lambda step: rh.train(rh.WaveRNN(), 2, step=step), "step"),
    (lambda step: rh.train_many([0], 2, step=step), "step"),
    (lambda step: rh.forecast(ONE, step=step), "step"),
    (lambda step: rh.forecast(MANY, prime_length=3, prime_step=step), "the step of the prime"),
    (lambda step: rh.ambiguity_floor(0, step), "step"),
    (lambda lr: rh.train(rh.WaveRNN(), 2, lr=lr), "lr"),
    (lambda lr: rh.train_many([0], 2, lr=lr), "lr"),
    (lambda lr: rh.train_elman_many([0], [1], [1], lr=lr), "lr"),
    (lambda lr: rh.train_recall([0], 2, num_steps=1, lr=lr), "lr"),
]
STARTS = [
    lambda start: rh.make_window(start),
    lambda start: rh.make_prime(3, start),
    lambda start: rh.forecast(MANY, start=start),
]
SEQUENCES = [
    (lambda values: rh.predict(ONE, values), "features"),
    (lambda values: rh.predict(MANY, values), "features"),
    (lambda values: rh.gate_values(ONE_LSTM, values), "features"),
    (lambda values: rh.gate_values(MANY_LSTM, values), "features"),
    (lambda values: rh.gate_values(MANY_LSTM.weights, values), "features"),
    (lambda values: rh.train_elman_many([0], values, [1.0, 2.0]), "x"),
    (lambda values: rh.train_elman_many([0], [1.0, 2.0], values), "target"),
    (lambda values: rh.median_index(values), "values"),
]
SEEDS = [
    rh.train_many,
    rh.initial_weights,
    lambda seeds: rh.train_elman_many(seeds, [1], [1]),
    lambda seeds: rh.train_recall(seeds, 2),
]


@pytest.mark.parametrize("value", NOT_WHOLE, ids=repr)
@pytest.mark.parametrize(("call", "name", "minimum"), WHOLE_NUMBERS)
def test_what_is_no_whole_number_is_refused(call, name, minimum, value):
    with pytest.raises(TypeError, match=f"^{name} must be a whole number, but .* is a .*; give an"):
        call(value)


@pytest.mark.parametrize(("call", "name", "minimum"), WHOLE_NUMBERS)
def test_a_number_that_is_too_small_is_refused(call, name, minimum):
    for value in (minimum - 1, -5):
        message = f"^{name} must be at least {minimum}, but {value} was given"
        with pytest.raises(ValueError, match=message):
            call(value)


@pytest.mark.parametrize(("call", "name"), STEPS)
def test_a_step_or_a_rate_is_greater_than_zero(call, name):
    for value in (0, 0.0, -9.0):
        message = f"^{name} must be greater than zero, but {value} was given"
        with pytest.raises(ValueError, match=message):
            call(value)


@pytest.mark.parametrize(("call", "name"), STEPS)
def test_a_step_or_a_rate_is_finite(call, name):
    for value in NOT_FINITE:
        with pytest.raises(ValueError, match=f"^{name} must be finite, but {value} was given"):
            call(value)


@pytest.mark.parametrize(("call", "name"), [pair for pair in STEPS if pair[1] != "lr"])
@pytest.mark.parametrize("value", [True, "9", [9.0], 9j], ids=repr)
def test_a_step_is_a_number(call, name, value):
    with pytest.raises(TypeError, match=f"^{name} must be a number, but .* is a "):
        call(value)


@pytest.mark.parametrize(("call", "name"), [pair for pair in STEPS if pair[1] == "lr"])
@pytest.mark.parametrize("value", [True, "0.1", None, 1j], ids=repr)
def test_a_rate_is_a_number(call, name, value):
    with pytest.raises(TypeError, match=r"^lr must be a number, but .* is a "):
        call(value)


@pytest.mark.parametrize("call", STARTS)
def test_a_start_is_a_finite_number(call):
    for value in NOT_A_NUMBER:
        with pytest.raises(TypeError, match=r"^start must be a number"):
            call(value)
    for value in NOT_FINITE:
        with pytest.raises(ValueError, match=r"^start must be finite"):
            call(value)


@pytest.mark.parametrize(("call", "name"), SEQUENCES)
def test_nan_in_the_data_is_refused_and_its_place_is_told(call, name):
    for value in NOT_FINITE:
        with pytest.raises(ValueError, match=f"^{name} must be finite, .* at position 1;"):
            call([0.5, value])


@pytest.mark.parametrize(("call", "name"), SEQUENCES)
@pytest.mark.parametrize(
    "values",
    [[], 0.5, [[0.5, 0.25]], np.zeros((2, 1)), torch.zeros(1, 2, 1)],
    ids=["empty", "number", "row", "column", "batch"],
)
def test_data_of_another_shape_is_refused(call, name, values):
    with pytest.raises(ValueError, match=rf"^{name} must have shape \(n,\) .* but shape \("):
        call(values)


@pytest.mark.parametrize(("call", "name"), SEQUENCES)
@pytest.mark.parametrize("values", ["word", ["a", "b"], None, {}, [1, [2]]], ids=repr)
def test_data_that_is_not_made_of_numbers_is_refused(call, name, values):
    with pytest.raises((TypeError, ValueError), match=f"^{name} must (be|have)"):
        call(values)


@MODELS
@pytest.mark.parametrize(
    "prime", [np.zeros((1, 20)), np.zeros((20, 1)), np.zeros((1, 20, 1)), np.zeros(0)], ids=np.shape
)
def test_a_prime_whose_shape_does_not_fit_is_refused(model, prime):
    with pytest.raises(ValueError, match=r"^features must have shape \(n,\)"):
        rh.predict(model, prime)


@pytest.mark.parametrize("call", SEEDS)
@pytest.mark.parametrize("seeds", [3, 2.5, "012", b"012", None], ids=repr)
def test_seeds_are_several(call, seeds):
    with pytest.raises(TypeError, match=r"^seeds must be several whole numbers, but .* is a "):
        call(seeds)


@pytest.mark.parametrize("call", SEEDS)
def test_there_is_at_least_one_seed(call):
    with pytest.raises(ValueError, match=r"^seeds must hold at least one seed"):
        call([])


@pytest.mark.parametrize(
    "call",
    [
        lambda regime: rh.train(rh.WaveRNN(), 2, regime=regime),
        lambda regime: rh.train_many([0], 2, regime=regime),
    ],
)
@pytest.mark.parametrize("regime", ["Carry", "", None, 1, ["carry"]], ids=repr)
def test_there_are_three_regimes(call, regime):
    message = "^regime must be one of 'carry', 'reset', 'half-turn', but .* was given"
    with pytest.raises(ValueError, match=message):
        call(regime)


@pytest.mark.parametrize(
    "call",
    [
        lambda cell: rh.initial_weights([0], cell=cell),
        lambda cell: rh.train_many([0], 1, cell=cell),
        lambda cell: rh.train_recall([0], 2, cell, num_steps=1),
        lambda cell: rh.train_recall([0], 2, cell, opened=True, num_steps=1),
    ],
)
@pytest.mark.parametrize("cell", ["rnn", "LSTMs", "", None, 1, ["GRU"], torch.nn.GRU], ids=str)
def test_there_are_three_cells(call, cell):
    message = "^cell must be one of 'RNN', 'LSTM', 'GRU', but .* was given"
    with pytest.raises(ValueError, match=message):
        call(cell)


# The hidden state of another model


@pytest.mark.parametrize("prime_length", [0, 3])
def test_one_network_refuses_the_hidden_state_of_another(prime_length):
    wider, deeper = rh.WaveRNN(hidden_size=5), rh.WaveRNN(hidden_size=4, num_layers=2)
    for other in (wider, deeper):
        _, h_0 = rh.predict(other, [0.5])
        with pytest.raises(ValueError, match=r"h_0 must have shape .* = \(1, 1, 4\), but shape"):
            rh.forecast(ONE, prime_length=prime_length, h_0=h_0)


@pytest.mark.parametrize("prime_length", [0, 3])
def test_many_networks_refuse_the_hidden_state_of_others(prime_length):
    _, h_of_one = rh.predict(ONE, [0.5])
    for h_0 in (np.zeros((3, 4)), np.zeros((2, 5)), np.zeros(4), np.full((2, 4), np.nan)):
        with pytest.raises(ValueError, match=r"\(num_models, hidden_size\) = \(2, 4\), but .* was"):
            rh.forecast(MANY, prime_length=prime_length, h_0=h_0)
    for h_0 in (h_of_one, 0.0, np.zeros((2, 4), complex), np.full((2, 4), "0")):
        with pytest.raises(TypeError, match=r"\(num_models, hidden_size\) = \(2, 4\), but .* was"):
            rh.forecast(MANY, prime_length=prime_length, h_0=h_0)


OF_MANY = r"\(num_models, hidden_size\) = \(2, 4\), but"
GOOD = np.zeros((2, 4))


@pytest.mark.parametrize("prime_length", [0, 3])
@pytest.mark.parametrize("number", [0, 1], ids=["h_0", "c_0"])
@pytest.mark.parametrize(
    ("bad", "kind", "given"),
    [
        (np.zeros((3, 4)), ValueError, r"shape \(3, 4\) with 0 NaN or infinite values was given"),
        (np.zeros((2, 5)), ValueError, r"shape \(2, 5\) with 0 NaN or infinite values was given"),
        (np.zeros((2, 1, 4)), ValueError, r"shape \(2, 1, 4\) with 0 NaN or infinite values was"),
        (np.zeros(4), ValueError, r"shape \(4,\) with 0 NaN or infinite values was given"),
        (np.full((2, 4), np.nan), ValueError, r"shape \(2, 4\) with 8 NaN or infinite values was"),
        (np.diag([np.inf] * 4)[:2], ValueError, r"shape \(2, 4\) with 2 NaN or infinite values"),
        (torch.zeros(2, 4), TypeError, "a Tensor was given that is none"),
        ([[0.0] * 4] * 2, TypeError, "a list was given that is none"),
        (None, TypeError, "a NoneType was given that is none"),
        (0.0, TypeError, "a float was given that is none"),
        (np.zeros((2, 4), complex), TypeError, "a ndarray was given that is none"),
        (np.zeros((2, 4), bool), TypeError, "a ndarray was given that is none"),
        (np.full((2, 4), "0"), TypeError, "a ndarray was given that is none"),
    ],
)
def test_many_lstms_refuse_a_bad_part_of_their_state(bad, kind, given, number, prime_length):
    h_0 = (bad, GOOD) if number == 0 else (GOOD, bad)
    name = ("h_0", "c_0")[number]
    with pytest.raises(kind, match=f"^{name} must be .* {OF_MANY} {given}"):
        rh.forecast(MANY_LSTM, prime_length=prime_length, h_0=h_0)


STATE = torch.zeros(1, 1, 4)


@pytest.mark.parametrize(
    ("model", "kind", "good"), [(ONE_LSTM, "tensors", STATE), (MANY_LSTM, "arrays", GOOD)]
)
def test_the_state_of_lstms_is_a_tuple_of_two(model, kind, good):
    pairs = [
        (good, type(good).__name__),
        ([good, good], "list"),
        ((), "a tuple of 0"),
        ((good,), "a tuple of 1"),
        ((good, good, good), "a tuple of 3"),
        (0.0, "float"),
    ]
    for bad, given in pairs:
        message = rf"^h_0 of an LSTM must be a tuple of two {kind}, \(h_0, c_0\), but .*{given} was"
        with pytest.raises(TypeError, match=message):
            rh.predict(model, [0.5], bad)
        with pytest.raises(TypeError, match=message):
            rh.forecast(model, h_0=bad)


@pytest.mark.parametrize("cell", ["RNN", "GRU"])
def test_other_networks_refuse_a_tuple(cell):
    many = untrained_many(cell)
    for bad in ((GOOD, GOOD), (GOOD,), [GOOD]):
        given = type(bad).__name__
        with pytest.raises(TypeError, match=f"^h_0 must be an array .* a {given} was given"):
            rh.predict(many, [0.5], bad)
        with pytest.raises(TypeError, match=f"^h_0 must be a tensor .* a {given} was given"):
            rh.predict(many.model(0), [0.5], bad)


@pytest.mark.parametrize("number", [0, 1], ids=["h_0", "c_0"])
def test_one_lstm_refuses_a_state_of_another_shape(number):
    h_0 = [STATE, STATE]
    h_0[number] = torch.zeros(1, 1, 5)
    name = ("h_0", "c_0")[number]
    with pytest.raises(ValueError, match=rf"^{name} must have shape .* but shape \(1, 1, 5\) was"):
        rh.predict(ONE_LSTM, [0.5], tuple(h_0))


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_one_network_refuses_the_hidden_state_of_many(cell):
    many = untrained_many(cell)
    _, h_of_many = rh.predict(many, [0.5])
    with pytest.raises(TypeError, match=r"^h_0 must be a tensor"):
        rh.predict(many.model(0), [0.5], h_of_many)


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_many_networks_refuse_the_hidden_state_of_one(cell):
    many = untrained_many(cell)
    _, h_of_one = rh.predict(many.model(0), [0.5])
    with pytest.raises(TypeError, match=r"^h_0 must be an array of numbers"):
        rh.predict(many, [0.5], h_of_one)


# What else does not fit together


@pytest.mark.parametrize("model", [None, "model", torch.nn.RNN(1, 4), rh.WaveRNN], ids=repr)
def test_what_is_no_model_is_refused(model):
    with pytest.raises(TypeError, match=r"^model must be a WaveRNN or ManyRNNs, but a"):
        rh.predict(model, [0.5])
    with pytest.raises(TypeError, match=r"^model must be a WaveRNN or ManyRNNs, but a"):
        rh.forecast(model)
    with pytest.raises(TypeError, match=r"^model must be a WaveRNN, ManyRNNs or Weights, but a"):
        rh.gate_values(model, [0.5])
    with pytest.raises(TypeError, match=r"^model must be a WaveRNN, but a"):
        rh.train(model, 2)


def test_train_refuses_many_networks():
    with pytest.raises(TypeError, match=r"^model must be a WaveRNN, but a ManyRNNs was given"):
        rh.train(MANY, 2)


@pytest.mark.parametrize("sizes", [{"input_size": 2}, {"output_size": 2}])
def test_predict_refuses_a_network_that_does_not_fit_the_wave(sizes):
    with pytest.raises(ValueError, match="model must have input_size 1 and output_size 1"):
        rh.predict(rh.WaveRNN(**sizes), [0.5])


@pytest.mark.parametrize("model", [MANY.model, MANY_LSTM.model, RECALL.model])
def test_there_is_no_network_beyond_the_last(model):
    with pytest.raises(ValueError, match=r"^index must be at most 1, but 2 was given"):
        model(2)


def test_input_and_target_have_the_same_length():
    with pytest.raises(ValueError, match="x and target must have the same length, but 3 and 2"):
        rh.train_elman_many([0], [1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    "bad",
    [
        {"num_steps": 0},
        {"num_steps": 1.5},
        {"num_steps": True},
        {"num_steps": "3"},
        {"lr": 0.0},
        {"lr": np.nan},
        {"lr": "fast"},
        {"regime": "other"},
        {"step": 0},
        {"step": np.nan},
        {"seq_len": -1},
        {"seq_len": 2.0},
    ],
    ids=str,
)
def test_a_bad_call_of_train_leaves_the_model_unchanged(bad):
    torch.manual_seed(0)
    model = rh.WaveRNN(hidden_size=3)
    before, state = [weight.clone() for weight in model.parameters()], torch.get_rng_state()
    called = []
    with pytest.raises((TypeError, ValueError), match=f"^{next(iter(bad))} must be"):
        rh.train(model, **({"num_steps": 2} | bad), on_step=lambda *given: called.append(given))
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert all(weight.grad is None for weight in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert called == []


@pytest.mark.parametrize("sizes", [{"input_size": 2}, {"output_size": 2}])
def test_train_refuses_a_network_of_other_sizes_and_leaves_it_unchanged(sizes):
    model = rh.WaveRNN(**sizes)
    before = [weight.clone() for weight in model.parameters()]
    with pytest.raises(ValueError, match="model must have input_size 1 and output_size 1"):
        rh.train(model, 2)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize("bad", [3, "print", [print]], ids=repr)
def test_train_refuses_an_on_step_that_cannot_be_called_before_the_first_step(bad):
    model = rh.WaveRNN()
    before = [weight.clone() for weight in model.parameters()]
    with pytest.raises(TypeError, match="on_step must be a function"):
        rh.train(model, 2, on_step=bad)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_ambiguity_floor_refuses_nan():
    with pytest.raises(ValueError, match="start must be finite"):
        rh.ambiguity_floor(np.array([0.0, np.nan]), 9)


@pytest.mark.parametrize(
    "values", [["0.1", "0.2"], [True, False], [1j, 2j], "0.1", [[1], [2, 3]], None, [None]]
)
def test_a_sequence_of_what_is_no_number_is_refused(values):
    with pytest.raises(TypeError, match=r"^features must be a sequence of numbers"):
        rh.predict(MANY, values)


def test_a_tensor_of_any_float_type_is_a_sequence():
    expected = rh.predict(MANY, [0.5, 0.25])[0]
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        values = torch.tensor([0.5, 0.25], dtype=dtype, requires_grad=True)
        np.testing.assert_array_equal(rh.predict(MANY, values)[0], expected)


def test_small_numpy_integers_do_not_overflow():
    """200 + 200 does not fit into uint8."""
    wide = rh.train_many([0], 1, hidden_size=np.uint8(20), seq_len=np.uint8(200))
    np.testing.assert_array_equal(
        wide.losses, rh.train_many([0], 1, hidden_size=20, seq_len=200).losses
    )
    run = rh.train_elman_many([0], [0.1, 0.2], [0.2, 0.3], hidden_size=np.uint8(20), epochs=1)
    assert run.w1.shape == (1, 21, 20)


def test_a_seed_that_torch_cannot_take_is_refused():
    with pytest.raises(ValueError, match=f"every seed must be at most {2**64 - 1}"):
        rh.initial_weights([2**64])


def test_a_number_too_large_for_a_float_is_refused():
    with pytest.raises(ValueError, match=r"^start must be finite"):
        rh.make_window(start=10**400)


def test_a_step_too_small_to_be_seen_is_refused():
    with pytest.raises(ValueError, match="too small or too large beside start"):
        rh.make_window(start=1e17, step=1.0)
    with pytest.raises(ValueError, match="too small or too large beside start"):
        rh.make_window(start=1e308, step=1e308)


@pytest.mark.parametrize("start", ["a", None, 1j, True, [1, "b"]])
def test_an_angle_that_is_no_number_is_refused(start):
    with pytest.raises(TypeError, match=r"^start must be"):
        rh.ambiguity_floor(start, 9)
