"""The task with a gap: the training against plain PyTorch, and the gates that begin open."""

import warnings

import numpy as np
import pytest
import torch
from plain_loop import open_by_hand
from torch import nn

import rnn_helpers as rh
from rnn_helpers import recall
from rnn_helpers.many_seeds import open_gates

EVERY_CELL = pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
GATED = pytest.mark.parametrize("cell", ["LSTM", "GRU"])
CASES = pytest.mark.parametrize(
    ("cell", "opened"),
    [("RNN", False), ("LSTM", False), ("LSTM", True), ("GRU", False), ("GRU", True)],
)
EVERY_STEP = pytest.mark.parametrize("every_step", [False, True])
SMALL = {"hidden_size": 4, "num_steps": 10, "batch": 5}


def plain_recall(seed, gap, cell, opened, every_step, hidden_size, num_steps, batch, lr=0.02):
    """Train one network in float64 with autograd and torch's Adam; return what train_recall does.

    The sequences are drawn as (time, batch), so the network reads the time first.
    """
    torch.manual_seed(seed)
    rnn, fc = getattr(nn, cell)(1, hidden_size), nn.Linear(hidden_size, 1)
    rnn.double(), fc.double()
    if opened:
        open_by_hand(rnn, gap)
    parameters = [*rnn.parameters(), *fc.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=lr)
    random, asked, losses = np.random.default_rng(0), gap if every_step else 1, []

    def loss_of(num_sequences):
        x = torch.from_numpy(random.uniform(-1, 1, (gap + asked, num_sequences)))
        said = fc(rnn(x[:, :, None])[0])[:, :, 0]
        pairs = [(said[t], x[t - gap]) for t in range(gap, gap + asked)]
        return sum((one - other).pow(2).mean() for one, other in pairs) / asked

    for _ in range(num_steps):
        loss = loss_of(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        error = loss_of(400).item() * 3
    return np.array(losses), nn.utils.parameters_to_vector(parameters).detach().numpy(), error


def assert_equals_plain_pytorch(seeds, gap, cell, opened, every_step, settings):
    run = rh.train_recall(seeds, gap, cell, opened=opened, every_step=every_step, **settings)
    assert run.weights.cell == cell
    assert run.weights.hidden_size == settings["hidden_size"]
    assert run.losses.shape == (settings["num_steps"], len(seeds))
    assert run.errors.shape == (len(seeds),)
    for index, seed in enumerate(seeds):
        losses, flat, error = plain_recall(seed, gap, cell, opened, every_step, **settings)
        np.testing.assert_allclose(run.losses[:, index], losses, rtol=0, atol=1e-10)
        np.testing.assert_allclose(run.weights.flat[index], flat, rtol=0, atol=1e-8)
        assert run.errors[index] == pytest.approx(error, abs=1e-8)


# Training


@CASES
@EVERY_STEP
def test_training_equals_plain_pytorch(cell, opened, every_step):
    assert_equals_plain_pytorch([3, 8], 3, cell, opened, every_step, SMALL)


@CASES
@EVERY_STEP
def test_one_network_with_one_sequence_at_a_time_equals_plain_pytorch(cell, opened, every_step):
    settings = {"hidden_size": 2, "num_steps": 5, "batch": 1, "lr": 0.1}
    assert_equals_plain_pytorch([5], 2, cell, opened, every_step, settings)


@EVERY_CELL
def test_a_gap_of_one_is_the_same_with_and_without_every_step(cell):
    assert_equals_plain_pytorch([1, 2], 1, cell, False, True, SMALL)
    once, always = (rh.train_recall([1, 2], 1, cell, every_step=e, **SMALL) for e in (False, True))
    np.testing.assert_array_equal(once.losses, always.losses)
    np.testing.assert_array_equal(once.errors, always.errors)


def test_an_rnn_of_8_for_300_steps_with_batches_of_16_if_nothing_is_said():
    run = rh.train_recall([0], 1)
    assert (run.weights.cell, run.weights.hidden_size) == ("RNN", 8)
    assert run.losses.shape == (300, 1)
    settings = {"hidden_size": 8, "num_steps": 300, "batch": 16, "lr": 0.02}
    again = rh.train_recall([0], 1, "RNN", opened=False, every_step=False, **settings)
    np.testing.assert_array_equal(run.losses, again.losses)
    assert run.errors[0] < 0.01  # a gap of one is learned


@CASES
@EVERY_STEP
def test_errors_are_those_of_the_trained_networks_on_400_new_sequences(cell, opened, every_step):
    gap, asked = 3, 3 if every_step else 1
    run = rh.train_recall([3, 8], gap, cell, opened=opened, every_step=every_step, **SMALL)
    random = np.random.default_rng(0)
    for _ in range(SMALL["num_steps"]):
        random.uniform(-1, 1, (gap + asked, SMALL["batch"]))
    x = random.uniform(-1, 1, (gap + asked, 400))
    for index in range(2):
        with torch.no_grad():
            said, _ = run.model(index)(torch.from_numpy(x.T[:, :, None].copy()).float())
        error = (said[:, gap:, 0].numpy() - x.T[:, :asked]) ** 2
        assert run.errors[index] == pytest.approx(3 * error.mean(), rel=1e-4)


@EVERY_CELL
@EVERY_STEP
def test_a_network_that_has_not_learned_is_no_better_than_the_mean(cell, every_step):
    """The mean of the numbers is 0; what an untrained network says has nothing to do with them."""
    run = rh.train_recall(
        range(8), 12, cell, every_step=every_step, num_steps=1, lr=1e-9, hidden_size=4
    )
    assert run.errors.min() > 0.9
    assert np.median(run.errors) < 2


@EVERY_CELL
def test_a_network_that_always_says_the_mean_has_an_error_near_one(monkeypatch, cell):
    def zeros(seeds, hidden_size, cell):
        weights = rh.initial_weights(seeds, hidden_size, cell)
        weights.flat[:] = 0
        return weights

    monkeypatch.setattr(recall, "initial_weights", zeros)
    run = rh.train_recall([0], 2, cell, every_step=True, num_steps=1, lr=1e-12)
    assert run.errors[0] == pytest.approx(1, abs=0.1)  # 800 numbers, their variance not quite 1/3
    assert run.losses[0, 0] == pytest.approx(1 / 3, abs=0.1)


@EVERY_CELL
def test_training_lowers_the_error(cell):
    short, long = (rh.train_recall([0, 1], 2, cell, num_steps=steps) for steps in (1, 200))
    assert (long.errors < short.errors / 2).all()


@CASES
@EVERY_STEP
def test_training_is_repeatable_and_leaves_random_states_alone(cell, opened, every_step):
    settings = {"opened": opened, "every_step": every_step, **SMALL}
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = rh.train_recall([3, 8], 2, cell, **settings)
    torch.rand(4)
    np.random.default_rng().uniform(size=4)
    again = rh.train_recall(iter([3, 8]), 2, cell, **settings)
    np.testing.assert_array_equal(first.losses, again.losses)
    np.testing.assert_array_equal(first.weights.flat, again.weights.flat)
    np.testing.assert_array_equal(first.errors, again.errors)
    torch.manual_seed(3)
    rh.train_recall([3, 8], 2, cell, **settings)
    assert torch.equal(torch.get_rng_state(), before)


@CASES
def test_nothing_leaks_from_one_seed_to_another(cell, opened):
    together = rh.train_recall([4, 9, 1], 4, cell, opened=opened, **SMALL)
    others = rh.train_recall([77, 1, 4], 4, cell, opened=opened, **SMALL)
    alone = rh.train_recall([4], 4, cell, opened=opened, **SMALL)
    for run, index, expected in ((others, 2, 0), (others, 1, 2), (alone, 0, 0)):
        np.testing.assert_allclose(
            run.losses[:, index], together.losses[:, expected], rtol=0, atol=1e-10
        )
        np.testing.assert_allclose(
            run.weights.flat[index], together.weights.flat[expected], rtol=0, atol=1e-8
        )
        assert run.errors[index] == pytest.approx(together.errors[expected], abs=1e-8)
    assert np.abs(together.weights.flat[0] - together.weights.flat[1]).max() > 0.01


@EVERY_CELL
def test_a_far_too_large_learning_rate_ends_without_a_warning(cell):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = rh.train_recall([0, 1], 2, cell, lr=1e300, num_steps=4)
    assert run.losses.shape == (4, 2)


@EVERY_CELL
def test_model_is_one_of_the_networks(cell):
    run = rh.train_recall([3, 8], 2, cell, **SMALL)
    before = run.weights.flat.copy()
    for index in range(2):
        model = run.model(index)
        assert isinstance(model, rh.WaveRNN)
        assert (model.cell, model.rnn.hidden_size) == (cell, 4)
        flat = nn.utils.parameters_to_vector(model.parameters()).detach()
        np.testing.assert_array_equal(flat.numpy(), run.weights.flat[index].astype(np.float32))
        rh.train(model, 1)
    np.testing.assert_array_equal(run.weights.flat, before)


# Open gates


@GATED
@pytest.mark.parametrize("gap", [2, 3, 40])
def test_open_gates_keep_one_minus_one_over_gap(cell, gap):
    """Without inputs and other weights, what is kept is the sigmoid of the two biases alone."""
    weights = rh.initial_weights([3, 8], 5, cell)
    before = rh.initial_weights([3, 8], 5, cell)
    assert open_gates(weights, gap) is None
    # The second gate of both: i, f, g, o and r, z, n. The input gate of an LSTM is closed as much.
    for rows, begin in [(slice(5, 10), 1 - 1 / gap), (slice(0, 5), 1 / gap)][
        : 1 + (cell == "LSTM")
    ]:
        total = weights.bias_ih[:, rows] + weights.bias_hh[:, rows]
        np.testing.assert_allclose(1 / (1 + np.exp(-total)), begin, rtol=1e-13)
        assert (weights.bias_hh[:, rows] == 0).all()
        for bias in ("bias_ih", "bias_hh"):
            getattr(before, bias)[:, rows] = getattr(weights, bias)[:, rows]
    np.testing.assert_array_equal(weights.flat, before.flat)


@pytest.mark.parametrize(("cell", "name"), [("LSTM", "f"), ("GRU", "z")])
def test_the_gate_that_is_open_is_the_one_that_keeps(cell, name):
    weights = rh.initial_weights([3, 8], 5, cell)
    weights.flat[:] = 0
    open_gates(weights, 10)
    h_n = np.zeros((2, 5))
    many = rh.ManyRNNs((3, 8), weights, np.zeros((1, 2)), (h_n, h_n) if cell == "LSTM" else h_n)
    values = rh.gate_values(many, [0.5, -0.5])
    np.testing.assert_allclose(values.pop(name), 0.9, rtol=1e-14)
    if cell == "LSTM":
        np.testing.assert_allclose(values.pop("i"), 0.1, rtol=1e-14)
    for other in set(values) & set("or"):
        np.testing.assert_array_equal(values[other], 0.5)


def test_an_rnn_has_no_gates_to_open():
    weights = rh.initial_weights([3], 5)
    before = weights.flat.copy()
    message = "^cell must be 'LSTM' or 'GRU' to open its gates, but 'RNN' has none"
    with pytest.raises(ValueError, match=message):
        open_gates(weights, 4)
    np.testing.assert_array_equal(weights.flat, before)
    with pytest.raises(ValueError, match=message):
        rh.train_recall([3], 4, opened=True)


@GATED
@pytest.mark.parametrize("gap", [1, 0, 2.0, "3", True, None])
def test_gates_cannot_be_opened_for_another_gap(cell, gap):
    weights = rh.initial_weights([3], 5, cell)
    before = weights.flat.copy()
    with pytest.raises((TypeError, ValueError), match=r"^gap must be"):
        open_gates(weights, gap)
    np.testing.assert_array_equal(weights.flat, before)


@GATED
def test_a_gap_of_one_can_be_trained_but_not_with_open_gates(cell):
    with pytest.raises(ValueError, match=r"^gap must be at least 2, but 1 was given"):
        rh.train_recall([3], 1, cell, opened=True, **SMALL)
    assert rh.train_recall([3], 1, cell, **SMALL).errors.shape == (1,)


# Bad input


@pytest.mark.parametrize(
    "bad",
    [
        {"seeds": 3},
        {"seeds": []},
        {"seeds": [0, -1]},
        {"gap": 0},
        {"gap": 2.0},
        {"gap": "3"},
        {"cell": "rnn"},
        {"cell": None},
        {"opened": True},  # of an RNN
        {"hidden_size": 0},
        {"hidden_size": 1.5},
        {"num_steps": 0},
        {"num_steps": True},
        {"batch": 0},
        {"batch": None},
        {"lr": 0.0},
        {"lr": np.nan},
        {"lr": "fast"},
    ],
    ids=str,
)
def test_bad_input_is_refused_before_the_training_begins(monkeypatch, bad):
    def never(*_given, **_options):
        raise AssertionError("the training has begun")

    monkeypatch.setattr(recall, "forward", never)
    state = torch.get_rng_state()
    (name,) = bad
    name = {"seeds": "(seeds|every seed)", "opened": "cell"}.get(name, name)
    with pytest.raises((TypeError, ValueError), match=f"^{name} must"):
        rh.train_recall(**({"seeds": [0], "gap": 3, "num_steps": 2} | bad))
    assert torch.equal(torch.get_rng_state(), state)
