"""Training one network: the loop of the helpers against a plain loop and against train_many."""

import numpy as np
import pytest
import torch
from plain_loop import plain_loop, states_of
from torch import nn

import rnn_helpers as rh
from rnn_helpers.training import training_waves
from tools import notebooks as tool

REGIMES = list(rh.REGIMES)
EVERY_CELL = pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])


def seeded(seed, **sizes):
    torch.manual_seed(seed)
    return rh.WaveRNN(**sizes)


def flat(model):
    return nn.utils.parameters_to_vector(model.parameters()).detach().numpy()


def test_the_three_regimes_are_the_ones_of_the_course():
    assert REGIMES == ["carry", "reset", "half-turn"]


@pytest.mark.parametrize("regime", REGIMES)
def test_train_equals_the_plain_loop(regime):
    run = rh.train(seeded(3), 100, regime=regime)
    plain = plain_loop(3, 100, regime)
    np.testing.assert_allclose(run.losses[:20], plain.losses[:20], rtol=1e-4)
    np.testing.assert_allclose(run.losses, plain.losses, rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(flat(run.model), plain.flat, rtol=0, atol=1e-3)


@EVERY_CELL
@pytest.mark.parametrize("regime", REGIMES)
def test_train_in_float64_equals_the_plain_loop_to_the_last_digits(regime, cell):
    settings, num_steps = {"lr": 0.02, "step": 12.0, "seq_len": 11}, 40 if cell == "RNN" else 25
    run = rh.train(
        seeded(5, hidden_size=9, cell=cell).double(), num_steps, regime=regime, **settings
    )
    plain = plain_loop(
        5, num_steps, regime, hidden_size=9, cell=cell, dtype=torch.float64, **settings
    )
    np.testing.assert_allclose(run.losses, plain.losses, rtol=1e-9)
    np.testing.assert_allclose(flat(run.model), plain.flat, rtol=0, atol=1e-9)
    for ours, theirs in zip(states_of(run.h_n), states_of(plain.h_n), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=1e-9)


@EVERY_CELL
@pytest.mark.parametrize("regime", REGIMES)
def test_train_equals_train_many(regime, cell):
    num_steps = 80 if cell == "RNN" else 30
    run = rh.train(seeded(1, cell=cell), num_steps, regime=regime)
    many = rh.train_many([1], num_steps, regime=regime, cell=cell)
    np.testing.assert_allclose(run.losses, many.losses[:, 0], rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(flat(run.model), many.weights.flat[0], rtol=0, atol=1e-3)
    for one, of_many in zip(states_of(run.h_n), states_of(many.h_n), strict=True):
        np.testing.assert_allclose(one.numpy()[0], of_many, rtol=0, atol=1e-3)


@EVERY_CELL
def test_what_train_returns(cell):
    model = seeded(0, num_layers=2, hidden_size=4, cell=cell)
    before = flat(model).copy()
    run = rh.train(model, 7)
    assert run.model is model
    assert run.losses.shape == (7,)
    assert isinstance(run.h_n, tuple) == (cell == "LSTM")
    assert [part.shape for part in states_of(run.h_n)] == [(2, 1, 4)] * (1 + (cell == "LSTM"))
    assert not any(part.requires_grad for part in states_of(run.h_n))
    assert (flat(model) != before).all()


@EVERY_CELL
def test_the_last_state_goes_on_where_the_training_ended(cell):
    """With a tiny learning rate the weights of the last window are nearly the last weights."""
    run = rh.train(seeded(0, hidden_size=4, cell=cell).double(), 5, lr=1e-12)
    _, expected = rh.predict(run.model, rh.make_window(seq_len=100).features)
    for ours, theirs in zip(states_of(run.h_n), states_of(expected), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=0, atol=1e-9)


@EVERY_CELL
def test_training_is_repeatable(cell):
    first, second = (rh.train(seeded(2, cell=cell), 10) for _ in range(2))
    np.testing.assert_array_equal(first.losses, second.losses)


@EVERY_CELL
def test_the_loss_is_that_of_the_weights_before_the_step(cell):
    model = seeded(6, cell=cell)
    window = rh.make_window()
    untrained = rh.forecast(model, num_points=20)
    run = rh.train(model, 1)
    np.testing.assert_allclose(run.losses[0], untrained.squared_errors.mean(), rtol=1e-5)
    assert len(window.features) == 20


def test_on_step_sees_number_loss_and_detached_prediction():
    seen = []
    model = seeded(6)
    cold, _ = rh.predict(model, rh.make_window().features)
    run = rh.train(model, 4, on_step=lambda *given: seen.append(given))
    assert [number for number, _, _ in seen] == [0, 1, 2, 3]
    assert [loss for _, loss, _ in seen] == run.losses.tolist()
    assert all(prediction.shape == (1, 20, 1) for _, _, prediction in seen)
    assert not any(prediction.requires_grad for _, _, prediction in seen)
    np.testing.assert_allclose(seen[0][2][0, :, 0].numpy(), cold, rtol=1e-5, atol=1e-6)
    labels = training_waves(4, "carry", 9.0, 20)[:, 1:]
    for number, loss, prediction in seen:
        error = prediction[0, :, 0].numpy() - labels[number]
        assert np.mean(error**2) == pytest.approx(loss, rel=1e-4)


def test_one_step_of_adam_is_at_most_the_learning_rate():
    """Adam's first step is lr * sign(gradient), up to eps."""
    model = seeded(0)
    before = flat(model).copy()
    rh.train(model, 1, lr=0.005)
    moved = np.abs(flat(model) - before)
    assert moved.max() <= 0.005 * 1.001
    assert np.median(moved) == pytest.approx(0.005, rel=1e-2)


def test_windows_roll_on_without_a_gap():
    for regime in ("carry", "reset"):
        waves = training_waves(6, regime, 9.0, 20)
        assert waves.shape == (6, 21)
        np.testing.assert_allclose(waves[1:, 0], waves[:-1, -1], rtol=0, atol=1e-12)
        joined = np.append(waves[:, :-1].ravel(), waves[-1, -1])
        expected = np.sin(np.radians(9.0 * np.arange(121)))
        np.testing.assert_allclose(joined, expected, rtol=0, atol=1e-12)


def test_half_turn_windows_are_all_the_same():
    waves = training_waves(6, "half-turn", 9.0, 20)
    expected = np.sin(np.radians(9.0 * np.arange(21)))
    np.testing.assert_allclose(waves, np.tile(expected, (6, 1)), rtol=0, atol=1e-15)


def test_train_equals_the_loop_of_the_notebook_that_teaches_it(capsys):
    cells = {cell.id: cell.source for cell in tool.read(tool.find(["04_training"])[0]).cells}
    notebook = {"np": np, "torch": torch, "nn": torch.nn, "criterion": torch.nn.MSELoss()}
    for name in ("hyperparameters-code", "train-code"):
        exec(cells[name], notebook)

    torch.manual_seed(3)
    taught, losses, _ = notebook["train"](rh.WaveRNN(), 60)
    torch.manual_seed(3)
    run = rh.train(rh.WaveRNN(), 60)

    np.testing.assert_allclose(run.losses, losses, rtol=1e-3, atol=1e-7)
    for ours, theirs in zip(run.model.parameters(), taught.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)
