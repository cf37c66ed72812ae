"""Notebook 14: other answers, and which answer of a question is right."""

from practice_answers import each_answer_decided, other_answers

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
        "draw": {
            "p.cumsum(dim=0) < u => p.cumsum(dim=0) < 1 - u": "the sign",
            "return int => return rh.SIGNS[int\n.sum()) => .sum())]": "",
        }
    },
)

NATS = {1: 2.8, 2: 2.4, 3: 2.1, 4: 2.0, 5: 1.9}


def three(*values):
    return dict(zip(("RNN", "GRU", "5-gram"), values, strict=True))


MEASURED = {
    "before training": [(0.2,), (1.2,), (3.3,), (27.0,)],
    "forgotten mask": [(2.0, 2.6), (2.0, 2.1), (2.0, 1.2)],
    "longer contexts": [(NATS | {6: six}, 2.5) for six in (1.8, 1.9, 2.4)],
    "better than counting": [(three(1, 2, 3),), (three(2, 1, 3),), (three(3, 2, 1),)],
    "most copied": [(three(0.3, 0.2, 0.1),), (three(0.1, 0.3, 0.2),), (three(0.1, 0.2, 0.3),)],
    "a unit that counts": [(trained, 0.7, [0.4, 0.6]) for trained in (0.3, 0.5, 0.8)],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
