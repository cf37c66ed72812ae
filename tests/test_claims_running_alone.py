"""What notebook 10 says over seeds, with seeds, records and cells that it does not use."""

import functools

import numpy as np
import pytest

import rnn_helpers as rh

OTHERS = range(100, 124)


def free(many, start=0.0):
    run = rh.forecast(many, start=start, prime_length=39, num_points=1000, free_run=True)
    return rh.score_run(run.predictions, run.window.label_degrees)


def one_step(many):
    return rh.forecast(many, prime_length=39, num_points=40).squared_errors.mean(axis=1)


def ranks(values):
    return np.argsort(np.argsort(values))


@functools.cache
def trained(lr, seeds=OTHERS, **options):
    return rh.train_for_free_runs(seeds, lr=lr, **options)


@pytest.mark.parametrize("start", [0, 200])
def test_rnns_slip_and_do_not_fall_silent_wherever_the_run_starts(start):
    score = free(rh.train_many(range(100, 148)), start)
    swings = abs(score.amplitude[:, -1] - 1) < 0.5
    assert np.mean(swings) > 0.9  # 98 %
    assert np.nanmedian(abs(score.phase[:, -1])) > 20
    assert 0.03 < np.median(score.mse) < 0.3  # .09
    alive = ~np.isnan(score.period)
    orders = [ranks(abs(score.period[alive] - 40)), ranks(score.mse[alive])]
    assert np.corrcoef(orders)[0, 1] > 0.85  # .98


@pytest.mark.slow
def test_of_the_cells_the_rnn_runs_worst_and_the_lstm_best():
    medians = {c: np.median(free(rh.train_many(range(64, 128), cell=c)).mse) for c in rh.CELLS}
    assert medians["RNN"] > 2 * medians["GRU"] > 4 * medians["LSTM"]  # .06, .013, .005


@pytest.mark.slow
def test_longer_training_at_a_constant_rate_makes_lstms_predict_better_and_run_worse():
    few, more = (rh.train_many(OTHERS, n, cell="LSTM") for n in (150, 400))
    assert np.median(one_step(more)) < np.median(one_step(few)) / 2
    assert np.median(free(more).mse) > 2 * np.median(free(few).mse)


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "lr"), [("LSTM", 0.003), ("RNN", 0.01)])
def test_at_a_lower_rate_or_with_another_cell_it_makes_them_run_better(cell, lr):
    few, more = (rh.train_many(range(32, 48), n, cell=cell, lr=lr) for n in (150, 400))
    assert np.median(one_step(more)) < np.median(one_step(few)) / 2
    assert np.median(free(more).mse) < np.median(free(few).mse) / 2  # .1, .06, .01


@pytest.mark.slow
def test_a_decaying_or_a_low_rate_helps_and_a_mean_of_weights_does_not():
    low, decaying = trained(0.001, lr_decay=False), trained(0.01)
    assert not (low.losses[-500:] > 0.001).any()
    for run in (low, decaying):
        assert np.median(free(run).mse) < 0.001  # .0002, .0001
        assert np.mean(free(run).mse < 0.01) > 0.85  # 92, 100 %
    constant, averaged, over_ten = (
        free(trained(0.01, range(100, 148), lr_decay=False, averaged=share)).mse
        for share in (0.0, 0.98, 0.9)
    )
    assert np.mean(constant < 0.01) < 0.85  # 42 %
    assert np.mean(averaged < 0.01) < 0.6  # 33 %
    assert np.median(averaged) > np.median(constant) / 2
    assert np.median(over_ten) < np.median(constant)  # .016 against .044, and 48 % run well


@pytest.mark.slow
def test_at_a_constant_rate_the_loss_jumps_and_a_jump_spoils_the_run():
    constant, decaying = (trained(0.01, lr_decay=decay) for decay in (False, True))
    jumps = [(run.losses[-500:] > 0.001).any(axis=0) for run in (constant, decaying)]
    assert jumps[0].mean() > 0.4  # 71 %
    assert jumps[1].mean() < 0.05  # 0
    assert np.median(constant.losses[-500:]) < 1e-4  # so a jump is a hundredfold, or nearly
    late, mse = (constant.losses[-150:] > 0.001).any(axis=0), free(constant).mse
    assert np.median(mse[late]) > 3 * np.median(mse[~late])  # 65 times


@pytest.mark.slow
def test_scheduled_sampling_changes_little():
    gain = np.median(free(trained(0.01)).mse) / np.median(free(trained(0.01, sampled=0.5)).mse)
    assert 0.2 < gain < 3  # 0.6, and 2.8 at a rate of 0.005


@pytest.mark.slow
def test_closed_loop_training_reaches_1e_5_and_keeps_nearly_all_in_step():
    before = trained(0.01)
    mse = free(rh.train_closed_loop(before)).mse
    assert np.median(mse) < 3e-5  # 1e-5
    assert np.median(mse) < np.median(free(before).mse) / 3
    assert np.mean(mse < 0.01) > 0.9  # 96 %
    control = free(rh.train_closed_loop(before, free_steps=1)).mse
    assert np.median(control) > np.median(free(before).mse)  # the windows alone do harm


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_a_random_network_with_a_fitted_layer_runs_to_1e_5_or_better(cell):
    record = rh.make_window(90 - 3591, 9, 400).features
    mse = free(rh.train_linear_layer(range(500, 516), record, cell=cell), 90).mse
    assert np.median(mse) < 1e-6
    assert mse.max() < 1e-2


@pytest.mark.slow
def test_the_lead_of_random_networks_is_much_of_it_the_solver_and_the_rest_width():
    record = rh.make_window(-3591, 9, 400).features
    many = rh.train_for_free_runs(range(200, 232))
    before, w = np.median(free(many).mse), many.weights
    states = rh.gate_values(many, record[:-1])["h"][:, 40:]
    H = np.concatenate([states, np.ones((*states.shape[:2], 1))], axis=2)
    fit = np.linalg.solve(H.mT @ H + 1e-8 * np.eye(33), H.mT @ record[41:, None])[..., 0]
    w.fc_weight[:], w.fc_bias[:] = fit[:, :-1], fit[:, -1]
    refitted = free(many).mse
    assert np.median(refitted) < before / 100  # 8e-8 against 9e-5
    assert np.mean(refitted < 0.01) > 0.8
    good = [
        np.mean(free(rh.train_linear_layer(range(200, 232), record, hidden_size=size)).mse < 0.01)
        for size in (32, 100)
    ]
    assert 0.5 < good[0] < 0.95 < good[1]  # 78, 100 %


def test_in_training_the_height_comes_early_and_the_timing_late():
    wave = rh.make_window(0, 9, 2000).features
    for steps, high, in_time in ((20, 0, 0), (100, 0.75, 0), (200, 0.8, 0.4)):
        many = rh.train_for_free_runs(range(32, 48), steps, record=wave)
        run = rh.predict(many, wave[-40:], free_steps=1000)[0][:, 40:]
        score = rh.score_run(run, 9.0 * np.arange(1, 1001))
        found = np.mean(abs(score.amplitude[:, -1] - 1) < 0.2), np.mean(score.mse < 0.01)
        assert found[0] >= high
        assert found[1] <= in_time


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_with_noise_ar_2_falls_silent_ar_40_wins_and_the_network_keeps_its_height(noise):
    wave = rh.make_window(0, 9, 2000).features
    records = wave + noise * np.random.default_rng(7).normal(size=(16, 2000))
    after = 17991 + 9.0 * np.arange(1, 1001)
    runs = [rh.formula_runs(record, 1000, orders=(2, 40, 80)) for record in records]
    scores = {n: rh.score_run(np.array([run[n] for run in runs]), after) for n in runs[0]}
    many = rh.train_for_free_runs(range(200, 216), record=records)
    run = rh.predict(many, records[:, -200:], free_steps=999)[0][:, 199:]
    scores["RNN"] = rh.score_run(run, after)
    mse = {name: np.median(score.mse) for name, score in scores.items()}
    assert (scores["AR(2)"].amplitude[:, -1] < 0.05).all()
    longer, turns = mse.pop("AR(80)"), np.tile(records.reshape(16, 50, 40).mean(axis=1), 25)
    assert longer < mse["AR(40)"]
    assert np.median(rh.score_run(turns, after).mse) < longer
    assert min(mse, key=mse.get) == "AR(40)"  # .0002 against .002; .007 against .012
    assert mse["copy of the last turn"] == pytest.approx(noise**2, rel=0.3)
    height = {n: np.median(scores[n].amplitude[:, -1]) for n in ("RNN", "AR(40)")}
    assert abs(height["RNN"] - 1) < 0.1
    assert height["AR(40)"] < 1
