"""Autoregressive models: the formula of a sine wave, and recurrences with known coefficients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rnn_helpers as rh


@given(st.floats(3, 170), st.floats(-180, 180), st.floats(0.1, 10))
def test_two_values_are_enough_for_any_sine(step, start, amplitude):
    wave = amplitude * np.sin(np.deg2rad(start + step * np.arange(60)))
    coefficients = rh.fit_ar(wave, 2)
    assert coefficients == pytest.approx([2 * np.cos(np.deg2rad(step)), -1], abs=1e-6)
    predictions = rh.predict_ar(coefficients, wave[:-1])
    assert np.isnan(predictions).tolist() == [True] + [False] * 58
    assert predictions[1:] == pytest.approx(wave[2:], abs=1e-6 * amplitude)


def test_the_coefficients_of_noisy_recurrences_are_found_the_newest_first():
    true, values = np.array([0.5, -0.3, 0.2]), [0.0, 0.0, 0.0]
    for noise in np.random.default_rng(0).normal(size=20000):
        values.append(float(true @ values[-1:-4:-1] + noise))
    assert rh.fit_ar(np.array(values), 3) == pytest.approx(true, abs=0.02)
    assert np.isnan(rh.predict_ar(true, np.ones(2))).all()
    ahead = rh.forecast_ar([0.5, 0, 2], [9, 4, 1, 6], 3)
    np.testing.assert_array_equal(ahead[2:], [[18.5, 17.25, 10.625], [11, 7.5, 15.75]])


def test_too_few_values_and_missing_ones_are_refused():
    with pytest.raises(ValueError, match=r"at least 6 values for AR\(3\), but it has 5"):
        rh.fit_ar(np.ones(5), 3)
    with pytest.raises(ValueError, match="values must be finite"):
        rh.predict_ar([1.0], [np.nan])
