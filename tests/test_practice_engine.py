"""``check``, ``hint``, ``solution`` and ``passed``, on an exercise made up for it."""

import linecache
import random
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rnn_helpers as rh
from rnn_helpers.practice import engine
from rnn_helpers.practice.engine import DOTS, Exercise, Wrong, called, has_dots, kind, verdict

STUB = """\
def twice(x):
    return ...


rh.check("twice", twice)"""


def examine(answer, rng):
    x = rng.normal()
    returned = called(answer, x)
    if returned == x:
        raise Wrong("that is x itself.")
    if returned != 2 * x:
        raise Wrong("that is not twice x.")
    return "Twice x."


TWICE = Exercise(
    "twice", "91", STUB, examine, ("First.", "Second.", "Third."), "def twice(x):\n    return 2 * x"
)
HALF = Exercise("half", "91", STUB.replace("twice", "half"), examine, ("One.",), "half = 3")


@pytest.fixture(autouse=True)
def two_exercises(monkeypatch):
    monkeypatch.setattr(engine, "EXERCISES", {})
    for name in ("_passed", "_hinted", "_shown"):
        monkeypatch.setattr(engine, name, type(getattr(engine, name))())
    engine.register(TWICE)
    engine.register(HALF)


def stub_function(code=STUB, name="twice"):
    here = {"rh": type("Nothing", (), {"check": staticmethod(lambda *_: None)})}
    exec(code, here)
    return here[name]


def printed(capsys, call, *arguments):
    capsys.readouterr()
    call(*arguments)
    out = capsys.readouterr()
    assert out.err == ""
    return out.out


# check --------------------------------------------------------------------------------------------


def test_a_right_answer_is_told_so(capsys):
    assert printed(capsys, rh.check, "twice", lambda x: x + x) == "Right. Twice x.\n"


def test_a_wrong_answer_is_told_why(capsys):
    assert printed(capsys, rh.check, "twice", lambda x: x) == "Not yet: that is x itself.\n"


@pytest.mark.parametrize(
    "answer",
    [
        ...,
        None,
        (..., 1),
        [2, ...],
        {"a": ...},
        stub_function(),
        stub_function("# mine\n\n" + STUB),
    ],
)
def test_dots_are_answered_by_what_to_do(capsys, answer):
    line = f'Not yet: {DOTS} For a hint: rh.hint("twice")\n'
    assert printed(capsys, rh.check, "twice", answer) == line


def test_a_check_without_an_answer_is_like_one_of_dots(capsys):
    assert printed(capsys, rh.check, "twice").startswith(f"Not yet: {DOTS}")


def test_a_changed_stub_is_tried_out(capsys):
    one = stub_function(STUB.replace("return ...", "return 1"))
    assert printed(capsys, rh.check, "twice", one) == "Not yet: that is not twice x.\n"
    other = stub_function(STUB.replace("return ...", "return (lambda: ...)() or 1"))
    assert "dots" in printed(capsys, rh.check, "twice", other)


PROGRAM = """\
def own(x, factor=1):
    y = factor * x
    return y


rh.check("own", own)"""
OWN = Exercise("own", "91", PROGRAM, examine, ("Hint.",), "own = 3")


def from_a_cell(code, name="own"):
    """Return a function whose source is at hand, as in a notebook."""
    code = code.partition("\n\n\n")[0] + "\n"
    file = f"<cell {hash(code)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    here = {}
    exec(compile(code, file, "exec"), here)
    return here[name]


@pytest.mark.parametrize(
    "change",
    [
        ("    return y", "    # what comes out\n\n    return (y)"),
        ("    return y", "    print(y)\n    return y"),
        ("    return y", "    assert y == x, 'odd'\n    return y"),
        ("    y = factor * x", "    print('x:', x)\n    y = factor * x\n    print('y:', y)"),
    ],
)
def test_to_look_is_not_to_change(change):
    assert engine.unfinished(OWN, from_a_cell(PROGRAM))
    assert engine.unfinished(OWN, stub_function(PROGRAM, "own"))  # without its source, too
    assert engine.unfinished(OWN, from_a_cell(PROGRAM.replace(*change)))


@pytest.mark.parametrize(
    "change",
    [
        ("factor=1", "factor=2"),
        ("factor * x", "2 * x"),
        ("    return y", "    print(y)\n    return 2 * y"),
        ("    return y", "    y.eval()\n    return y"),
        ("    return y", "    mended = True\n    return y"),
    ],
)
def test_whatever_else_is_changed_is_tried_out(change):
    changed = PROGRAM.replace(*change)
    assert changed != PROGRAM
    assert not engine.unfinished(OWN, from_a_cell(changed))
    assert not engine.unfinished(OWN, stub_function(changed, "own"))


def test_a_thing_with_whims_is_met_by_a_sentence_too(capsys):
    class Whimsical:
        def __getattr__(self, name):
            raise RuntimeError

    assert printed(capsys, rh.check, "twice", Whimsical()).startswith("Not yet: ")


def test_figures_that_an_answer_leaves_open_are_closed():
    before = plt.get_fignums()
    rh.check("twice", lambda x: plt.figure() and x)
    assert plt.get_fignums() == before


def test_what_the_stub_of_another_exercise_does_is_not_taken_for_untouched():
    program = STUB.replace("...", "x").replace("twice", "half")
    own = Exercise("own", "91", program.replace('"half"', '"own"'), examine, ("Hint.",), "half = 1")
    assert engine.unfinished(own, stub_function(program, "half"))
    assert not engine.unfinished(TWICE, stub_function(program, "half"))


def test_a_name_that_is_none_is_answered_by_the_names(capsys):
    for name in ("sine", "", None, 3, ["a"]):
        for call in (rh.check, rh.hint, rh.solution):
            said = printed(capsys, call, name)
            assert said == f"There is no exercise {name!r}; there are twice, half.\n"


def test_a_name_that_is_nearly_one_is_answered_by_that_one(capsys):
    for call in (rh.check, rh.hint, rh.solution):
        said = printed(capsys, call, "twise")
        assert said == "There is no exercise 'twise'; did you mean 'twice'?\n"


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


def raising(error):
    def answer(x):
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no"), "your function raised ValueError: no"),
        (ValueError("one\ntwo"), "your function raised ValueError: one"),
        (ValueError(), "your function raised ValueError."),
        (Mute(), "your function raised Mute."),
        (SystemExit(3), "your function raised SystemExit: 3"),
        (RecursionError(), "your function calls itself without an end."),
        (KeyError("x" * 999), f"your function raised KeyError: '{'x' * 199} ..."),
    ],
)
def test_an_error_becomes_a_sentence(error, said):
    assert verdict(TWICE, raising(error), 1) == (f"Not yet: {said}", False)


def test_an_error_of_the_examination_becomes_a_sentence_too():
    for error, said in (
        (Mute(), "Mute."),
        (SystemExit(), "SystemExit."),
        (OSError("x"), "OSError: x"),
    ):
        odd = Exercise("odd", "91", STUB, lambda answer, rng, e=error: raising(e)(0), ("H.",), "")
        assert verdict(odd, 1, 1) == (f"Not yet: trying your answer out ended in {said}", False)


def test_an_interruption_is_passed_on():
    with pytest.raises(KeyboardInterrupt):
        rh.check("twice", raising(KeyboardInterrupt()))


def test_what_the_answer_prints_is_shown_where_it_helps(capsys):
    def talking(x):
        print("x is here")
        print("more", file=sys.stderr)
        return x

    assert printed(capsys, rh.check, "twice", talking) == (
        "Not yet: that is x itself.\nYour code printed: x is here ...\n"
    )

    def talking_but_right(x):
        print("x is here")
        return 2 * x

    assert printed(capsys, rh.check, "twice", talking_but_right) == "Right. Twice x.\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        ("a", "a string"),
        (3, "an int"),
        (1.0, "a float"),
        ((1, 2), "a tuple"),
        (np.zeros((2, 3)), "a NumPy array of shape (2, 3)"),
        (torch.zeros(4), "a tensor of shape (4,)"),
        (torch.nn.RNN(1, 2), "an RNN"),
        (torch.nn.GRU(1, 2), "a GRU"),
        (type("Odd", (), {"shape": "odd"})(), "an Odd"),
        (type("Odd", (), {"shape": property(lambda self: 1 / 0)})(), "an Odd"),
    ],
)
def test_what_a_value_is_in_words(value, text):
    assert kind(value) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
        max_leaves=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_returned_the_check_ends_in_a_sentence(value):
    said, right = verdict(TWICE, lambda x: value, 1)
    assert not right
    assert said.startswith("Not yet: ")
    assert not has_dots(value)


# What a check leaves as it was --------------------------------------------------------------------


def disturbing(x):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(torch.get_num_threads() + 1)
    np.seterr(all="raise")
    warnings.warn("listen", stacklevel=1)
    return 2 * x


def state():
    return (
        random.getstate(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        torch.get_rng_state().tolist(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        np.geterr(),
        sys.stdout,
        sys.stderr,
    )


@pytest.mark.parametrize("answer", [disturbing, lambda x: disturbing(x) and 1 / 0])
@pytest.mark.parametrize("modes", [(), (torch.no_grad,), (torch.inference_mode,)])
def test_the_session_stays_as_it_was(answer, modes, recwarn):
    with modes[0]() if modes else torch.enable_grad():
        before = state()
        rh.check("twice", answer)
        assert state() == before
    assert not recwarn.list


def test_gradients_work_inside_a_check_whatever_the_session_does():
    def slope(x):
        leaf = torch.tensor(x, requires_grad=True)
        (leaf * leaf).backward()
        return leaf.grad.item()

    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            said, _ = verdict(TWICE, lambda x: slope(float(np.float32(x))), 1)
        assert "raised" not in said


def test_each_check_has_new_inputs():
    seen = []
    for _ in range(4):
        rh.check("twice", lambda x: seen.append(x) or 2 * x)
    assert len(set(seen)) == 4


# hint and solution --------------------------------------------------------------------------------


def test_a_hint_more_each_time_and_then_from_the_beginning(capsys):
    said = [printed(capsys, rh.hint, "twice") for _ in range(4)]
    assert said[:3] == ["Hint 1 of 3: First.\n", "Hint 2 of 3: Second.\n", "Hint 3 of 3: Third.\n"]
    assert said[3] == said[0]
    assert printed(capsys, rh.hint, "half") == "Hint 1 of 1: One.\n"


def test_the_solution_is_code_that_passes(capsys):
    code = printed(capsys, rh.solution, "twice")
    assert verdict(TWICE, stub_function(code), 1)[1]


# passed -------------------------------------------------------------------------------------------


def texts(shown, call, *arguments):
    """Return the texts that a call shows, and whether in the place of one before."""
    del shown[:]
    call(*arguments)
    return [(output["data"]["text/plain"], output["update"]) for output in shown]


NONE = "0 of 2 exercises passed in this session.\nTo do: twice, half"
ONE = "1 of 2 exercises passed in this session.\nPassed: half\nTo do: twice"
BOTH = "2 of 2 exercises passed in this session.\nPassed: twice, half"


def test_what_has_passed_is_shown_and_follows_each_check(shown):
    assert texts(shown, rh.passed, "91") == [(NONE, False)]
    assert texts(shown, rh.check, "twice", lambda x: x) == []
    assert texts(shown, rh.check, "half", lambda x: 2 * x) == [(ONE, True)]
    assert texts(shown, rh.check, "twice", lambda x: 2 * x) == [(BOTH, True)]
    assert texts(shown, rh.passed, "91") == [(BOTH, False)]


def test_the_place_that_is_shown_anew_is_that_of_the_last_call(shown):
    rh.passed("91")
    rh.passed("91")
    rh.check("half", lambda x: 2 * x)
    first, second, update = (output["transient"]["display_id"] for output in shown)
    assert first != second == update


def test_what_has_passed_stays_passed(shown):
    rh.check("half", lambda x: 2 * x)
    rh.check("half", lambda x: x)
    rh.check("half", ...)
    assert texts(shown, rh.passed, "91") == [(ONE, False)]


def test_without_a_notebook_it_is_printed(capsys):
    rh.passed("91")
    rh.check("half", lambda x: 2 * x)
    assert "0 of 2 exercises passed" in capsys.readouterr().out


def test_a_notebook_without_exercises_is_answered_by_those_with(capsys):
    for number in ("1", "07", 1, None):
        said = printed(capsys, rh.passed, number)
        assert said == f"There are no exercises of a notebook {number!r}; there are 91.\n"


def test_nothing_is_written_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rh.check("half", lambda x: 2 * x)
    rh.passed("91")
    assert list(tmp_path.iterdir()) == []


# register -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "already"),
        ({"name": "new", "hints": ()}, "hint"),
        ({"name": "new"}, r'rh\.check\("new"'),
        ({"name": "new", "stub": "new = ..."}, r'rh\.check\("new"'),
    ],
)
def test_an_exercise_that_does_not_fit_is_refused(changes, said):
    values = {name: getattr(TWICE, name) for name in TWICE.__dataclass_fields__} | changes
    with pytest.raises(ValueError, match=said):
        engine.register(Exercise(**values))
    assert set(engine.EXERCISES) == {"twice", "half"}
