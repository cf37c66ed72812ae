"""make_window and make_prime: pieces of one sine wave at equally spaced angles."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import rnn_helpers as rh

PROPERTY = settings(deadline=None, max_examples=60, derandomize=True)
ANGLES = st.floats(-1000, 1000) | st.integers(-1000, 1000)
STEPS = st.floats(0.01, 120) | st.sampled_from([np.int64(9), np.float32(4.5)])


def test_values_known_from_school():
    assert rh.make_window().feature_degrees.tolist() == [9.0 * point for point in range(20)]
    window = rh.make_window(start=0, step=30, seq_len=6)
    wave = [0, 0.5, np.sqrt(3) / 2, 1, np.sqrt(3) / 2, 0.5, 0]
    np.testing.assert_allclose(window.features, wave[:-1], atol=1e-15)
    np.testing.assert_allclose(window.labels, wave[1:], atol=1e-15)


@PROPERTY
@given(start=ANGLES, step=STEPS, seq_len=st.integers(1, 60))
def test_labels_are_the_features_one_step_later(start, step, seq_len):
    window = rh.make_window(start, step, seq_len)
    assert all(part.shape == (seq_len,) for part in window)
    np.testing.assert_array_equal(window.labels[:-1], window.features[1:])
    np.testing.assert_array_equal(window.label_degrees[:-1], window.feature_degrees[1:])
    np.testing.assert_allclose(window.label_degrees - window.feature_degrees, step, atol=1e-9)
    for values, degrees in (window[::2], window[1::2]):
        np.testing.assert_allclose(values, np.sin(degrees * np.pi / 180), atol=1e-12)
    assert window.feature_degrees[0] == start


@PROPERTY
@given(start=ANGLES, step=STEPS, length=st.integers(0, 60))
def test_a_prime_runs_on_into_the_window_with_the_same_spacing(start, step, length):
    values, degrees = rh.make_prime(length, start, step)
    assert values.shape == degrees.shape == (length,)
    joined = np.concatenate([degrees, rh.make_window(start, step, 3).feature_degrees])
    np.testing.assert_allclose(np.diff(joined), step, rtol=0, atol=1e-9)
    np.testing.assert_allclose(values, np.sin(np.radians(degrees)), atol=1e-12)
