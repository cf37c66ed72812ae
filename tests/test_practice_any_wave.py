"""Notebook 12: other answers, and which answer of a question is right."""

from practice_answers import each_answer_decided, other_answers

test_right, test_wrong = other_answers(
    right={
        "next_of_sine": (
            """\
def next_of_sine(y, d):
    n = len(y)
    z = np.exp(1j * np.deg2rad(d) * (np.arange(n + 1) - n))  # the next point at angle 0
    X = np.stack([z.real, z.imag], axis=1)[:n]
    return (np.linalg.pinv(X) @ y)[0]""",
        ),
        "error_along": (
            """\
def error_along(rnn, noisy, clean):
    total = 0
    for one, wanted in zip(noisy, clean):
        with torch.no_grad():
            y = rnn(torch.tensor(one[:-1]).float().reshape(1, -1, 1))[0]
        total = total + (y.flatten().numpy() - wanted[1:]) ** 2
    return total / len(noisy)""",
        ),
        "probe": (
            """\
def probe(states, frequencies, new_states):
    middle, mean = states.mean(axis=0), frequencies.mean()
    w = np.linalg.lstsq(states - middle, frequencies - mean)[0]
    return mean + (new_states - middle) @ w""",
        ),
    },
    wrong={
        "error_along": {"clean[:, 1:] => clean[:, 1:].mean(axis=0)": "should be"},
        "probe": {"return new @ w => return np.round(new @ w)": "should be"},
    },
)


MEASURED = {
    "one formula for all": [
        {"AR(2)": 0.12, "AR(40)": 0.9, "AR(100)": many} for many in (0.116, 0.072, 0.03, 0.002)
    ],
    "how near to the sine": [(lstm, 0.07, 0.02, 0.006) for lstm in (0.08, 0.03, 0.0068, 0.0028)],
    "changed frequency": [(later, 0.01, 0.5) for later in (0.011, 0.2, 0.6)],
    "left out": [(inside, beyond, 0.007) for inside in (0.1, 0.01) for beyond in (0.5, 0.01)],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
