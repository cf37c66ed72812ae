"""Notebook 14: other answers, and which answer of a question is right."""

from practice_answers import measured_decides, other_answers

test_right, test_wrong = other_answers(
    right={
        "last_states": (
            "torch.arange(len(lengths)), lengths - 1 => range(len(r_out)), (lengths - 1).tolist()",
            "r_out[torch.arange(len(lengths)), lengths - 1] => "
            "torch.stack([row[n - 1] for row, n in zip(r_out, lengths)])",
            "r_out[torch.arange(len(lengths)), lengths - 1] => "
            "r_out.gather(1, (lengths - 1)[:, None, None].expand(-1, 1, r_out.shape[2]))[:, 0]",
        ),
        "bigram": (
            "signs = [0, *map(rh.SIGNS.index, name), 0] => "
            "signs = [rh.SIGNS.index(sign) for sign in '.' + name + '.']",
            "return (n + k * u) / (n.sum(axis=1, keepdims=True) + k) => "
            "return torch.tensor((n + k * u) / (n + k * u).sum(axis=1)[:, None])",
        ),
        "draw": (
            "int((p.cumsum(dim=0) < u).sum()) => (p.cumsum(dim=0) < u).sum()",
            "int((p.cumsum(dim=0) < u).sum()) => np.searchsorted(p.cumsum(dim=0).numpy(), u)",
            "(logits / temperature).softmax(dim=0) => "
            "(logits / temperature).exp() / (logits / temperature).exp().sum()",
        ),
    },
    wrong={
        "last_states": {
            "r_out[torch.arange(len(lengths)), lengths - 1] => "
            "r_out.flatten(0, 1)[lengths.cumsum(dim=0) - 1]": "the states",
        },
        "bigram": {
            "k * u) => k)": "the probabilities",
            "u = n.sum(axis=0) / n.sum() => u = np.eye(27)[0]": "the probabilities",
        },
        "draw": {
            "p.cumsum(dim=0) < u => p.cumsum(dim=0) < 1 - u": "the sign",
            "return int => return rh.SIGNS[int\n.sum()) => .sum())]": "",
        },
    },
)

NATS = {1: 2.8, 2: 2.4, 3: 2.1}
HARDLY = {"hardly": 2.5}
EIGHT = "a unit that counts"
test_what_is_measured_decides = measured_decides(
    [
        ("before training", {"nats": 0.2}, 0, "It is 0.2 nats"),
        ("before training", {"nats": 1.2}, 1, "It is 1.2 nats"),
        ("before training", {"nats": 3.3}, 2, "-log(1/27) is 3.3"),
        ("before training", {"nats": 27.0}, 3, "It is 27.0 nats"),
        ("forgotten mask", {"masked": 2.0, "over_all": 2.6}, 0, "2.60 in place of 2.00"),
        ("forgotten mask", {"masked": 2.0, "over_all": 2.1}, 1, "2.10 in place of 2.00"),
        ("forgotten mask", {"masked": 2.0, "over_all": 1.2}, 2, "1.20 in place of 2.00"),
        (
            "longer contexts",
            {"nats": NATS | {4: 2.0, 5: 1.9, 6: 1.8}} | HARDLY,
            0,
            "2.00, 1.90, 1.80",
        ),
        (
            "longer contexts",
            {"nats": NATS | {4: 2.0, 5: 1.9, 6: 1.9}} | HARDLY,
            1,
            "2.00, 1.90, 1.90",
        ),
        (
            "longer contexts",
            {"nats": NATS | {4: 2.2, 5: 2.3, 6: 2.4}} | HARDLY,
            2,
            "2.20, 2.30, 2.40",
        ),
        ("better than counting", {"nats": {"RNN": 1, "GRU": 2, "5-gram": 3}}, 0, "RNN 1.00"),
        ("better than counting", {"nats": {"RNN": 2, "GRU": 1, "5-gram": 3}}, 1, "GRU 1.00"),
        ("better than counting", {"nats": {"RNN": 3, "GRU": 2, "5-gram": 1}}, 2, "5-gram 1.00"),
        ("most copied", {"copied": {"RNN": 0.3, "GRU": 0.2, "5-gram": 0.1}}, 0, "RNN 30%"),
        ("most copied", {"copied": {"RNN": 0.1, "GRU": 0.3, "5-gram": 0.2}}, 1, "GRU 30%"),
        ("most copied", {"copied": {"RNN": 0.1, "GRU": 0.2, "5-gram": 0.3}}, 2, "5-gram 30%"),
        (
            "a unit that counts",
            {"trained": 0.3, "end": 0.7, "untrained": [0.4, 0.5]},
            0,
            "0.4 to 0.5",
        ),
        (
            "a unit that counts",
            {"trained": 0.5, "end": 0.7, "untrained": [0.4, 0.6]},
            1,
            "0.4 to 0.6",
        ),
        (
            "a unit that counts",
            {"trained": 0.8, "end": 0.7, "untrained": [0.4, 0.5]},
            2,
            "it is 0.7",
        ),
    ]
)
