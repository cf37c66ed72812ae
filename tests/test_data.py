"""make_window and make_prime: pieces of one sine wave at equally spaced angles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rnn_helpers as rh

PROPERTY = settings(deadline=None, max_examples=60, derandomize=True)
ANGLES = st.floats(-1000, 1000)
STEPS = st.floats(0.01, 120)
LENGTHS = st.integers(1, 60)


def test_the_window_of_the_course_runs_from_0_to_171_degrees():
    window = rh.make_window()
    assert window.features.shape == window.labels.shape == (20,)
    assert window.feature_degrees.tolist() == [9.0 * point for point in range(20)]
    assert window.label_degrees.tolist() == [9.0 * point for point in range(1, 21)]


def test_values_known_from_school():
    window = rh.make_window(start=0, step=30, seq_len=6)
    half_root_3 = np.sqrt(3) / 2
    np.testing.assert_allclose(
        window.features, [0, 0.5, half_root_3, 1, half_root_3, 0.5], atol=1e-15
    )
    np.testing.assert_allclose(
        window.labels, [0.5, half_root_3, 1, half_root_3, 0.5, 0], atol=1e-15
    )


@PROPERTY
@given(start=ANGLES, step=STEPS, seq_len=LENGTHS)
def test_labels_are_the_features_one_step_later(start, step, seq_len):
    window = rh.make_window(start, step, seq_len)
    assert all(part.shape == (seq_len,) for part in window)
    np.testing.assert_array_equal(window.labels[:-1], window.features[1:])
    np.testing.assert_array_equal(window.label_degrees[:-1], window.feature_degrees[1:])
    np.testing.assert_allclose(window.label_degrees - window.feature_degrees, step, atol=1e-9)
    np.testing.assert_allclose(
        window.features, np.sin(window.feature_degrees * np.pi / 180), atol=1e-12
    )
    np.testing.assert_allclose(
        window.labels, np.sin(window.label_degrees * np.pi / 180), atol=1e-12
    )
    assert window.feature_degrees[0] == start


@PROPERTY
@given(start=ANGLES, step=STEPS, seq_len=LENGTHS)
def test_two_points_determine_the_next_one(start, step, seq_len):
    """x(t+1) = 2 cos(step) x(t) - x(t-1), for every sine wave."""
    window = rh.make_window(start, step, seq_len)
    wave = np.append(window.features, window.labels[-1])
    expected = 2 * np.cos(np.radians(step)) * wave[1:-1] - wave[:-2]
    np.testing.assert_allclose(wave[2:], expected, rtol=0, atol=1e-10)


@PROPERTY
@given(start=ANGLES, step=STEPS, length=st.integers(0, 60))
def test_a_prime_runs_on_into_the_window_with_the_same_spacing(start, step, length):
    values, degrees = rh.make_prime(length, start, step)
    window = rh.make_window(start, step, 3)
    assert values.shape == degrees.shape == (length,)
    joined = np.concatenate([degrees, window.feature_degrees])
    np.testing.assert_allclose(np.diff(joined), step, rtol=0, atol=1e-9)
    np.testing.assert_allclose(values, np.sin(np.radians(degrees)), atol=1e-12)


def test_a_prime_ends_one_step_before_the_test():
    values, degrees = rh.make_prime(2, start=90, step=30)
    assert degrees.tolist() == [30.0, 60.0]
    np.testing.assert_allclose(values, [0.5, np.sqrt(3) / 2])


def test_a_prime_of_length_zero_is_empty():
    values, degrees = rh.make_prime(0)
    assert values.shape == degrees.shape == (0,)


@pytest.mark.parametrize("kind", [int, float, np.int64, np.float32])
def test_every_kind_of_number_is_a_number(kind):
    window = rh.make_window(kind(90), kind(9), np.int64(4))
    np.testing.assert_array_equal(window.features, rh.make_window(90.0, 9.0, 4).features)
