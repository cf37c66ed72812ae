"""Names letter by letter: data, counts and networks against plain ones, and what they write."""

from collections import Counter, defaultdict

import numpy as np
import pytest
import torch
from torch import nn

import rnn_helpers as rh
from rnn_helpers import letter_networks, letters
from tools import notebooks as tool

NAMES = rh.load_names()
SPLIT = rh.split_names(NAMES, 3)
SMALL = letters.NameSplit(SPLIT.train[:100], SPLIT.validation[:20], SPLIT.test[:20])


@pytest.fixture(scope="module")
def run():
    return rh.train_on_names(SMALL, hidden_size=8, epochs=2, lr=0.02, seed=1)


# Names --------------------------------------------------------------------------------------------


def test_the_names_are_whole_and_a_split_has_each_of_them_once():
    assert len(NAMES) == 5130
    assert sorted(set(NAMES)) == NAMES
    assert {len(name) for name in NAMES} == set(range(3, 12))
    assert [len(part) for part in SPLIT] == [4130, 500, 500]
    assert sorted(name for part in SPLIT for name in part) == NAMES
    assert SPLIT == rh.split_names(NAMES, 3) != rh.split_names(NAMES, 4)
    assert abs(np.mean([name < "jz" for name in SPLIT.test]) - 0.5) < 0.1  # of all the alphabet


def test_features_and_labels_are_one_sign_apart():
    x, y = rh.encode_names(SPLIT.test)
    for name, read, label in zip(SPLIT.test, x.tolist(), y.tolist(), strict=True):
        n = len(name)
        assert "".join(rh.SIGNS[sign] for sign in read[: n + 1]) == f".{name}"
        assert "".join(rh.SIGNS[sign] for sign in label[: n + 1]) == f"{name}."
        assert set(read[n + 1 :]) <= {0}
        assert set(label[n + 1 :]) <= {-100}


# Counts -------------------------------------------------------------------------------------------


def plain_kneser_ney(names, order, discount):
    """Return p(sign, context), counted in dictionaries and by recursion."""
    raw, before = defaultdict(Counter), defaultdict(lambda: defaultdict(set))
    for text in (f".{name}." for name in names):
        for end in range(1, len(text)):
            for begin in range(max(0, end - order + 1), end + 1):
                raw[text[begin:end]][text[end]] += 1
                if begin > 0:
                    before[text[begin:end]][text[end]].add(text[begin - 1])

    def p(sign, context):
        whole = len(context) == order - 1 or context.startswith(".")
        after = {s: len(signs) for s, signs in before[context].items()}
        n = raw[context] if whole else after
        shorter = p(sign, context[1:]) if context else 1 / 27
        if not n:
            return shorter
        shared = discount * len(n) * shorter
        return (max(n.get(sign, 0) - discount, 0) + shared) / sum(n.values())

    return p


@pytest.mark.parametrize(("order", "discount"), [(1, 0.8), (2, 0.5), (3, 0.8), (6, 0.7)])
def test_counts_are_those_of_kneser_and_ney(order, discount):
    ngrams = rh.fit_ngrams(SMALL.train, order, discount)
    plain = plain_kneser_ney(SMALL.train, order, discount)
    x, _ = rh.encode_names(SMALL.test)
    log_p, _ = ngrams(x)
    assert log_p.exp().sum(dim=-1).numpy() == pytest.approx(1)
    for row, name in enumerate(SMALL.test):
        for end in range(len(name) + 1):
            context = f".{name[:end]}"[max(0, end + 2 - order) :] if order > 1 else ""
            wanted = [plain(sign, context) for sign in rh.SIGNS]
            assert log_p[row, end].exp().numpy() == pytest.approx(np.array(wanted))


@pytest.mark.parametrize("order", [1, 2, 5])
def test_counts_read_in_pieces_as_a_network_does(order):
    ngrams = rh.fit_ngrams(SMALL.train, order)
    x, _ = rh.encode_names(SMALL.test)
    whole, _ = ngrams(x)
    first, state = ngrams(x[:, :1])
    second, state = ngrams(x[:, 1:4], state)
    third, _ = ngrams(x[:, 4:], state)
    assert torch.equal(torch.cat([first, second, third], dim=1), whole)


# Networks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_training_is_that_of_a_plain_loop(cell):
    run = rh.train_on_names(SMALL, cell, hidden_size=6, epochs=2, batch=16, lr=0.01, seed=4)
    model, random = run.at(0).requires_grad_(True), np.random.default_rng(4)
    optimizer = torch.optim.Adam(model.parameters())
    x, y = rh.encode_names(SMALL.train)
    done, lengths = 0, (y != -100).sum(dim=1).numpy()
    for _ in range(2):
        for rows in letter_networks._batches(lengths, 16, random):
            optimizer.param_groups[0]["lr"] = 0.01 * (1 + np.cos(np.pi * done / 12)) / 2
            logits, _ = model(x[rows])
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), y[rows].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
    assert done == 12
    flat = nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    assert run.history[-1] == pytest.approx(flat, abs=1e-9)
    assert run.losses[-1] == pytest.approx(rh.letter_losses(model, SMALL.validation).mean())


def test_batches_have_each_name_at_most_once_and_lengths_near_each_other():
    lengths = np.array([len(name) for name in SPLIT.train])
    batches = letter_networks._batches(lengths, 32, np.random.default_rng(0))
    assert batches.shape == (4130 // 32, 32)
    assert len(set(batches.ravel().tolist())) == batches.size
    assert np.ptp(lengths[batches], axis=1).mean() < np.ptp(lengths) / 2


def test_a_run_keeps_every_epoch_and_is_the_same_again(run):
    again = rh.train_on_names(SMALL, hidden_size=8, epochs=2, lr=0.02, seed=1)
    assert np.array_equal(run.history, again.history)
    other = rh.train_on_names(SMALL, hidden_size=8, epochs=2, lr=0.02, seed=2)
    assert not np.isclose(run.history, other.history).all()
    models = [*map(run.at, range(3)), run.model]  # to look back leaves the last one as it is
    losses = [rh.letter_losses(model, SMALL.validation).mean() for model in models]
    assert losses == pytest.approx([*run.losses, run.losses[-1]])
    assert (np.diff(run.losses) < 0).all()


def test_dropout_changes_the_training_and_not_what_a_network_predicts():
    runs = [rh.train_on_names(SMALL, hidden_size=8, epochs=1, dropout=d) for d in (0, 0.5)]
    assert runs[0].losses[0] == runs[1].losses[0] != runs[1].losses[1] != runs[0].losses[1]
    twice = [rh.letter_losses(runs[1].model, SMALL.test) for _ in range(2)]
    assert np.array_equal(*twice)


def test_training_leaves_the_seed_of_torch_alone():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    rh.train_on_names(SMALL, hidden_size=2, epochs=1)
    assert torch.equal(torch.rand(3), wanted)


def test_what_it_writes_is_shown_while_it_trains_and_taken_away(monkeypatch, capsys):
    cleared = []
    monkeypatch.setenv("TQDM_DISABLE", "0")
    monkeypatch.setattr("IPython.get_ipython", lambda: type("Shell", (), {"kernel": 1})())
    monkeypatch.setattr("IPython.display.clear_output", lambda wait: cleared.append(wait))
    rh.train_on_names(SMALL, hidden_size=2, epochs=2)
    assert cleared == [True, True, False]  # nothing is printed after the last
    assert capsys.readouterr().out.splitlines()[-1].startswith("epoch 2 of 2, 3.")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    rh.train_on_names(SMALL, hidden_size=2, epochs=1)
    assert len(cleared) == 3
    assert capsys.readouterr().out == ""


# Losses and writing -------------------------------------------------------------------------------


def test_losses_are_cross_entropy_without_padding(run):
    x, y = rh.encode_names(SMALL.test)
    logits, _ = run.model(x)
    wanted = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten()).item()
    found = rh.letter_losses(run.model, SMALL.test)
    assert len(found) == sum(len(name) + 1 for name in SMALL.test)
    assert found.mean() == pytest.approx(wanted)
    alone = [rh.letter_losses(run.model, [name]) for name in SMALL.test]
    assert np.concatenate(alone) == pytest.approx(found)


def test_signs_are_drawn_with_their_probabilities(run):
    for model in (run.model, rh.fit_ngrams(SMALL.train, 3)):
        written = rh.write_names(model, 4000, start="a", temperature=1.3, seed=6)
        log_p = model(torch.tensor([[0, 1]]))[0][0, -1]
        wanted = (log_p / 1.3).softmax(dim=0).numpy()
        seconds = Counter(rh.SIGNS.index((name + ".")[1]) for name in written)
        found = np.array([seconds[sign] for sign in range(27)]) / 4000
        assert found == pytest.approx(wanted, abs=4 * np.sqrt(0.25 / 4000))
        assert 0.5 * abs(found - wanted).sum() < 0.06


@pytest.mark.parametrize("temperature", [0.5, 1.5])
def test_the_loop_of_the_notebook_writes_the_same(run, temperature):
    (path,) = (tool.ROOT / "notebooks").glob("*_names.ipynb")
    (source,) = (cell.source for cell in tool.read(path).cells if "def write(" in cell.source)
    given = {"np": np, "torch": torch, "rh": rh}
    exec(source.partition("\n\n\n")[0], given)
    for seed in range(20):
        options = {"start": "mar", "temperature": temperature, "seed": seed}
        assert [given["write"](run.model, **options)] == rh.write_names(run.model, 1, **options)


def test_what_is_written_begins_ends_and_comes_again(run):
    written = rh.write_names(run.model, 50, start="zo", seed=2)
    assert all(name.startswith("zo") and len(name) <= letters.LONGEST for name in written)
    assert written == rh.write_names(run.model, 50, start="zo", seed=2)
    assert written != rh.write_names(run.model, 50, start="zo", seed=3)
    assert all(rh.write_names(run.at(0), 300))  # a name has a letter
    assert len(set(rh.write_names(run.model, 50, temperature=1e-6))) == 1


# Drawing and bad input ----------------------------------------------------------------------------


def test_every_letter_has_its_square_and_its_value():
    values = [np.array([0.5, -1, 0.1]), np.array([0.9])]
    ax = rh.plot_letters(["ada", "x"], values=values)
    (written,) = (each for each in ax.collections if isinstance(each, rh.Words))
    assert dict(zip(written.places, written.words, strict=True)) == {
        (0, 0): "a",
        (1, 0): "d",
        (2, 0): "a",
        (0, 1): "x",
    }
    drawn = ax.images[0].get_array()
    assert drawn.filled(9).tolist() == [[0.5, -1, 0.1], [0.9, 9, 9]]
    rh.show(ax, "Two words, 4 letters.")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: rh.encode_names("ada"), "must be a list of names"),
        (lambda: rh.encode_names([]), "must be a list of names"),
        (lambda: rh.encode_names(["ada", "Eve"]), "'Eve' was given"),
        (lambda: rh.encode_names(["ada", ""]), "'' was given"),
        (lambda: rh.split_names(["ada"] * 9), "held_out must be at most 4"),
        (lambda: rh.fit_ngrams(["ada"], 9), "order must be at most 8"),
        (lambda: rh.fit_ngrams(["ada"], 2, 1.0), "discount must be from 0.01"),
        (lambda: rh.train_on_names(SMALL, "gru"), "cell must be one of"),
        (lambda: rh.train_on_names(SMALL, dropout=1), "dropout must be from 0"),
        (lambda: rh.write_names(None, 3, start="A"), "'A' was given"),
        (lambda: rh.write_names(None, 3, temperature=0), "temperature must be greater"),
    ],
)
def test_bad_input_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
