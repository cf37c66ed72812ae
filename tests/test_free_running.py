"""Free runs: against loops in plain PyTorch, closed forms of formulas and scores, gradients."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loop import alone, untrained
from torch import nn

import rnn_helpers as rh
from rnn_helpers.cells import Weights
from rnn_helpers.free_running import add_closed_gradient, closed_loop

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)
EVERY_CELL = pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
DEGREES = 9.0 * np.arange(1, 201)


def plain_free_run(model, features, free_steps):
    x, out, state = torch.tensor(features).reshape(1, -1, 1), [], None
    with torch.no_grad():
        y, state = model.rnn(x)
        out += model.fc(y)[0, :, 0].tolist()
        for _ in range(free_steps):
            y, state = model.rnn(torch.full((1, 1, 1), out[-1], dtype=torch.float64), state)
            out.append(model.fc(y).item())
    return np.array(out)


@EVERY_CELL
@pytest.mark.parametrize("free_steps", [1, 30])
def test_a_free_run_is_that_of_a_plain_loop(cell, free_steps):
    many = untrained(cell)
    rows = np.random.default_rng(0).uniform(-1, 1, (3, 7))  # each network its own
    found, h_n = rh.predict(many, rows, free_steps=free_steps)
    for index, row in enumerate(rows):
        expected = plain_free_run(alone(many, index), row, free_steps)
        np.testing.assert_allclose(found[index], expected, rtol=0, atol=1e-10)
        one, h_one = rh.predict(alone(many, index), row, free_steps=free_steps)
        np.testing.assert_allclose(one, expected, rtol=0, atol=1e-10)
        part, same = (h[0] if cell == "LSTM" else h for h in (h_n, h_one))
        np.testing.assert_allclose(part[index], same[0, 0], rtol=0, atol=1e-10)


@EVERY_CELL
@pytest.mark.parametrize("prime_length", [0, 5])
def test_a_free_forecast_reads_the_first_point_of_its_test_and_then_itself(cell, prime_length):
    many, test = untrained(cell), {"start": 30, "num_points": 20, "prime_length": prime_length}
    run, taught = rh.forecast(many, **test, free_run=True), rh.forecast(many, **test)
    np.testing.assert_allclose(run.predictions[:, 0], taught.predictions[:, 0], atol=1e-12)
    read = np.sin(np.radians(30 + 9 * np.arange(-prime_length, 1)))
    for index in range(3):
        expected = plain_free_run(alone(many, index), read, 19)[prime_length:]
        np.testing.assert_allclose(run.predictions[index], expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(run.squared_errors, (run.predictions - run.window.labels) ** 2)


def test_formulas_carry_on_what_they_are_told():
    wave = np.sin(np.radians(9.0 * np.arange(100)))
    after = np.sin(np.radians(9.0 * np.arange(100, 400)))
    runs = rh.formula_runs(wave, 300)
    assert list(runs) == ["zero", "last value", "copy of the last turn", "AR(2)", "AR(40)"]
    assert np.ptp(runs["last value"]) == 0 == np.ptp(runs["zero"])
    assert runs["last value"][0] == wave[-1]
    for name in ("copy of the last turn", "AR(2)", "AR(40)"):
        np.testing.assert_allclose(runs[name], after, atol=1e-7)
    copied = rh.formula_runs(np.arange(90.0), 42)["copy of the last turn"]
    np.testing.assert_array_equal(copied, [*range(50, 90), 50, 51])


@PROPERTY
@given(amplitude=st.floats(0.05, 5), phase=st.floats(-170, 170), drift=st.floats(-20, 20))
def test_the_score_of_a_sine_is_its_amplitude_phase_and_period(amplitude, phase, drift):
    """A constant and a second harmonic do not count; a run that drifts is a sine as well."""
    angles = np.deg2rad(DEGREES)
    run = amplitude * np.sin(angles + np.deg2rad(phase))
    score = rh.score_run(run + 0.3 + 0.2 * np.sin(2 * angles), DEGREES)
    np.testing.assert_allclose(score.amplitude, amplitude, atol=1e-9)
    np.testing.assert_allclose(score.phase, phase, atol=1e-6)
    assert score.period == pytest.approx(40)
    period = 40 * 360 / (360 + drift)
    score = rh.score_run(np.sin(2 * np.pi * np.arange(200) / period), DEGREES - 9)
    assert score.period == pytest.approx(period, abs=0.05)
    both = rh.score_run(np.array([run, 2 * run]), DEGREES)
    assert both.amplitude.shape == both.phase.shape == (2, 5)
    np.testing.assert_allclose(both.mse[0], np.mean((run - np.sin(angles)) ** 2))


def test_a_silent_run_has_no_phase_and_a_late_one_the_error_that_the_notebook_names():
    silent = rh.score_run(np.zeros(200), DEGREES)
    assert np.isnan(silent.phase).all()
    assert silent.mse == pytest.approx(0.5)
    late = rh.score_run(np.sin(np.deg2rad(DEGREES - 70)), DEGREES)
    assert late.mse == pytest.approx(1 - np.cos(np.deg2rad(70)))


@EVERY_CELL
@pytest.mark.parametrize("own", [False, True])
def test_the_linear_layer_is_that_of_ridge_regression_on_torch_states(cell, own):
    random = np.random.default_rng(0)
    record = random.normal(size=(2, 80)) if own else random.normal(size=80)
    many = rh.train_linear_layer([3, 8], record, hidden_size=5, cell=cell, ridge=0.1)
    for index, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        model = rh.WaveRNN(hidden_size=5, cell=cell).double()
        values = record[index] if own else record
        states = model.rnn(torch.tensor(values[:-1]).reshape(1, -1, 1))[0][0, 40:].detach().numpy()
        h = np.column_stack([states, np.ones(39)])
        rows = np.vstack([h, np.sqrt(0.1) * np.eye(6)])  # the ridge as six more equations
        expected = np.linalg.lstsq(rows, np.append(values[41:], np.zeros(6)), rcond=None)[0]
        w = many.weights
        np.testing.assert_allclose([*w.fc_weight[index], w.fc_bias[index]], expected, atol=1e-7)
        assert many.losses[0, index] == pytest.approx(np.mean((h @ expected - values[41:]) ** 2))


@pytest.mark.parametrize("cell", ["RNN", "LSTM"])
def test_a_closed_loop_is_the_network_reading_itself_and_its_gradient_that_of_autograd(cell):
    many, random = untrained(cell), np.random.default_rng(1)
    state = tuple(random.uniform(-0.5, 0.5, (1 + (cell == "LSTM"), 3, 1, 6)))
    target = random.uniform(-1, 1, (9, 1))
    gradient = Weights(np.ones_like(many.weights.flat), 6, cell)  # to which it is added
    mse = add_closed_gradient(many.weights, state, target, gradient)
    for index in range(3):
        model = alone(many, index)
        parts = tuple(torch.tensor(part[index])[None] for part in state)
        h, predictions = parts if cell == "LSTM" else parts[0], []
        y = model.fc(parts[0])  # (1, 1, 1)
        for _ in range(9):
            out, h = model.rnn(y, h)
            y = model.fc(out)
            predictions.append(y.flatten())
        loss = ((torch.cat(predictions) - torch.tensor(target[:, 0])) ** 2).mean()
        loss.backward()
        assert mse[index] == pytest.approx(loss.item())
        expected = torch.cat([p.grad.flatten() for p in model.parameters()]).numpy() + 1
        np.testing.assert_allclose(gradient.flat[index], expected, rtol=0, atol=1e-10)
    with pytest.raises(ValueError, match="cell must be 'RNN' or 'LSTM'"):
        closed_loop(rh.initial_weights([0], 4, "GRU"))


def plain_training(seed, num_steps, sampled=0.0, seq_len=6):
    """The same in plain PyTorch: torch's own cosine schedule, and scheduled sampling by hand."""
    torch.manual_seed(seed)
    model, state, last = rh.WaveRNN(hidden_size=5).double(), None, 0.0
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)
    random = np.random.default_rng(0)
    for number in range(num_steps):
        wave = np.sin(np.radians(9.0 * (number * seq_len + np.arange(seq_len + 1))))
        own = random.random((seq_len, 1, 1))[:, 0, 0] < sampled * number / num_steps
        read, h = wave[:-1].copy(), state
        with torch.no_grad():
            for t in range(seq_len if sampled else 0):
                read[t] = last if own[t] else read[t]
                y, h = model(torch.tensor(read[t]).reshape(1, 1, 1), h)
                last = y.item()
        y, h = model(torch.tensor(read).reshape(1, -1, 1), state)
        loss = ((y[0, :, 0] - torch.tensor(wave[1:])) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        state = h.detach()
    return nn.utils.parameters_to_vector(model.parameters()).detach().numpy()


@pytest.mark.parametrize("sampled", [0, 0.9])
def test_decay_and_scheduled_sampling_are_those_of_plain_pytorch(sampled):
    many = rh.train_for_free_runs([4], 15, sampled=sampled, hidden_size=5, seq_len=6)
    np.testing.assert_allclose(many.weights.flat[0], plain_training(4, 15, sampled), atol=1e-9)
    if not sampled:
        same = rh.train_many([4], 15, hidden_size=5, seq_len=6, lr_decay=True)
        np.testing.assert_allclose(same.weights.flat, many.weights.flat, atol=1e-12)


def test_averages_lie_between_the_first_weights_and_the_last():
    runs = {a: rh.train_for_free_runs([4], 2, averaged=a).weights.flat for a in (0, 0.5, 1)}
    first, only = rh.initial_weights([4]).flat, rh.train_for_free_runs([4], 2, lr_decay=False)
    np.testing.assert_array_equal(runs[1], first)
    one = rh.train_for_free_runs([4], 1).weights.flat  # at the full rate, as the first of two steps
    np.testing.assert_allclose(runs[0.5], first / 4 + one / 4 + runs[0] / 2, atol=1e-15)
    assert not np.array_equal(only.weights.flat, runs[0])


@EVERY_CELL
def test_each_network_learns_its_own_record(cell):
    records = np.random.default_rng(0).normal(size=(2, 50))
    options = {"hidden_size": 4, "seq_len": 8, "cell": cell}
    both = rh.train_for_free_runs([5, 6], 20, record=records, **options)
    for index, seed in enumerate((5, 6)):
        one = rh.train_for_free_runs([seed], 20, record=records[index], **options)
        np.testing.assert_allclose(both.weights.flat[index], one.weights.flat[0], atol=1e-9)
    sampled = rh.train_for_free_runs([5, 6], 20, record=records, sampled=0.5, **options)
    assert not np.allclose(sampled.weights.flat, both.weights.flat)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rh.score_run(np.ones(50), 9 * np.arange(50)), "two turns or more"),
        (lambda: rh.score_run(np.ones(200), 7 * np.arange(200)), "a whole number to a turn"),
        (lambda: rh.train_for_free_runs([0], 5, sampled=2), "sampled must lie between 0 and 1"),
        (lambda: rh.train_for_free_runs([0, 1], 5, record=np.ones((3, 9))), r"\(2, n\)"),
        (lambda: rh.train_linear_layer([0], np.ones(41)), "number of points must be at least 42"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()
