"""Notebook 12: other answers, and which answer of a question is right."""

from practice_answers import measured_decides, other_answers

test_right, test_wrong = other_answers(
    right={
        "next_of_sine": (
            "[np.cos(angles), np.sin(angles)] => [np.sin(angles), -2 * np.cos(angles)]",
            "np.linalg.lstsq(X[:-1], y)[0] => np.linalg.solve(X[:-1].T @ X[:-1], X[:-1].T @ y)",
            """\
def next_of_sine(y, d):
    n = len(y)
    z = np.exp(1j * np.deg2rad(d) * (np.arange(n + 1) - n))  # the next point at angle 0
    X = np.stack([z.real, z.imag], axis=1)[:n]
    return (np.linalg.pinv(X) @ y)[0]""",
        ),
        "error_along": (
            "return (errors**2).mean(axis=0) => return [float((e**2).mean()) for e in errors.T]",
            "torch.no_grad() => torch.inference_mode()",
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
            "[h, np.ones(len(h))] => [np.full(len(h), 5.0), h]",
            """\
def probe(states, frequencies, new_states):
    middle, mean = states.mean(axis=0), frequencies.mean()
    w = np.linalg.lstsq(states - middle, frequencies - mean)[0]
    return mean + (new_states - middle) @ w""",
        ),
    },
    wrong={
        "next_of_sine": {
            "np.arange(len(y) + 1) => np.arange(len(y) + 1) ** 1.1": "should be",
            "return X[-1] @ w => return w[0]": "should be",
        },
        "error_along": {
            "noisy[:, :-1], => noisy[:, 1:],": "should be",
            "clean[:, 1:] => clean[:, 1:].mean(axis=0)": "should be",
        },
        "probe": {
            "frequencies)[0] => frequencies - frequencies.mean())[0]": "should be",
            "return new @ w => return np.round(new @ w)": "should be",
        },
    },
)


def near(lstm, shared=0.07, own=0.02, sine=0.006):
    return {"lstm": lstm, "shared": shared, "own": own, "sine": sine}


def ar(few, many):
    return {"errors": {"AR(2)": few, "AR(40)": 0.9, "AR(100)": many}}


# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    ("one formula for all", ar(0.115, 0.11), 0, "AR(2) has an error of 0.12, AR(100) of 0.11."),
    ("one formula for all", ar(0.115, 0.072), 1, "AR(100) of 0.07."),
    ("one formula for all", ar(0.12, 0.03), 2, "AR(100) of 0.03."),
    ("one formula for all", ar(0.12, 0.002), 3, "AR(100) of 0.00."),
    ("how near to the sine", near(0.08), 0, "between 13 and 13.5 times"),
    ("how near to the sine", near(0.03), 1, "between 5 and 5.5 times"),
    ("how near to the sine", near(0.013), 2, "between 2 and 2.5 times"),
    ("how near to the sine", near(0.0068), 2, "between 1 and 1.5 times that of the fitted sine"),
    ("how near to the sine", near(0.0028), 3, "between 0 and 0.5 times"),
    ("changed frequency", {"later": 0.011, "fresh": 0.01, "zero": 0.5}, 0, "It is 0.0, and 0.01"),
    ("changed frequency", {"later": 0.2, "fresh": 0.01, "zero": 0.5}, 1, "It is 0.2, and 0.01 if"),
    ("changed frequency", {"later": 0.6, "fresh": 0.01, "zero": 0.5}, 2, "every time has 0.5."),
    ("left out", {"inside": 0.1, "beyond": 0.5, "met": 0.007}, 0, "0.007 at frequencies of the"),
    ("left out", {"inside": 0.1, "beyond": 0.01, "met": 0.007}, 1, "0.100 at 15 degrees a step"),
    ("left out", {"inside": 0.01, "beyond": 0.5, "met": 0.007}, 2, "0.5 at 45."),
    ("left out", {"inside": 0.01, "beyond": 0.01, "met": 0.007}, 3, "0.010 at 15 degrees a step"),
]


test_what_is_measured_decides = measured_decides(MEASURED)
