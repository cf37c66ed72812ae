"""Questions to predict: as text, as HTML, and as buttons."""

import re
from unittest import mock

import pytest
from bs4 import BeautifulSoup

import rnn_helpers as rh
from rnn_helpers.page import SCRIPT, STYLE, WIDGET
from rnn_helpers.practice import QUESTIONS, asking
from tools import notebooks as tool

ANSWERS = ("less than 3", "exactly 3", "<b> more than 3")


def judge(number):
    return (number > 2) + (number > 3), f"It is {number}, not <b> or &."


BIG = {"name": "big", "text": "How big is it?", "answers": ANSWERS}


@pytest.fixture(autouse=True)
def one_question(monkeypatch, request):
    if "question" in request.fixturenames or "number" in request.fixturenames:
        return  # those of the course
    monkeypatch.setattr(asking, "QUESTIONS", {})
    monkeypatch.setattr(asking, "_live", {})
    asking.pose(notebook="91", **BIG)(judge)


@pytest.fixture
def asked(shown):
    def asked(**measured):
        del shown[:]
        rh.ask("big", **measured)
        still, widget = (output["data"] for output in shown)
        assert widget[WIDGET]["model_id"] == asking._live["rh-question", "big"][0].model_id
        return still

    return asked


def buttons():
    _, _, row, said, script, *buttons = asking._live["rh-question", "big"]
    assert list(row.children) == buttons
    assert script.value == SCRIPT
    return said, buttons


def marks():
    """Return the answers' signs; neither they nor what is said moves a button."""
    assert [button.description for button in buttons()[1]] == list(ANSWERS)
    signs = {"rh-right": "✓", "rh-wrong": "✗"}
    return ["".join(signs[name] for name in button._dom_classes) for button in buttons()[1]]


def words():
    """Return what is said, as a reader sees it."""
    return BeautifulSoup(buttons()[0].value, "html.parser").get_text().strip()


def test_without_a_kernel_it_is_html_with_the_answer_folded(asked):
    for number, right in ((1, "less than 3"), (3, "exactly 3"), (9, "<b> more than 3")):
        still = asked(number=number)
        soup = BeautifulSoup(still["text/html"].replace(STYLE, ""), "html.parser")
        assert soup.p.get_text() == "How big is it?"
        assert [item.get_text() for item in soup("li")] == list(ANSWERS)
        assert "open" not in soup.details.attrs
        assert soup.details.p.get_text() == f"{right}. It is {number}, not <b> or &."
        assert still["text/plain"].endswith(f"\nAnswer: {soup.details.p.get_text()}")


def test_the_right_answer_is_told_so_with_its_reason(asked):
    asked(number=5)
    assert marks() == ["", "", ""]
    for number in (2, 0):  # the other one comes too late
        buttons()[1][number].click()
        assert words() == "✓ Right. It is 5, not <b> or &."
        assert marks() == ["", "", "✓"]


def test_a_second_try_comes_before_the_answer_is_told(asked):
    asked(number=5)
    said, row = buttons()
    for again in range(2):
        before = said.value
        row[0].click()  # the same answer twice is one try
        assert said.value != before, again  # the page notices that it was answered
        assert words() == "✗ Not that one. Try once more."
        assert marks() == ["✗", "", ""]
    row[1].click()
    assert words() == "✗ Not that one. It is: <b> more than 3. It is 5, not <b> or &."
    assert marks() == ["✗", "✗", "✓"]
    assert not [button for button in row if button.disabled]  # the keyboard's place is kept


def test_the_second_try_may_be_right_and_of_two_answers_there_is_none(asked):
    asked(number=5)
    for number in (1, 2):
        buttons()[1][number].click()
    assert words() == "✓ Right. It is 5, not <b> or &."
    assert marks() == ["", "✗", "✓"]
    two = asking.Question("two", "91", "Which?", ("a", "b"), judge)
    assert asking.is_over(two, [0], right=1)


@pytest.mark.parametrize(
    ("name", "measured", "message"),
    [
        ("big", {"size": 2}, "'big' needs number, as .* TypeError: judge.* argument 'size'"),
        ("big", {"number": None}, "needs number, as .* but what was given ended in TypeError"),
        ("Bigg", {"number": 1}, "there is no question 'Bigg'; did you mean 'big'"),
        (None, {"number": 1}, "there is no question None; there are big"),
    ],
)
def test_what_was_not_measured_or_is_not_asked_is_refused(name, measured, message):
    with pytest.raises(ValueError, match=message):
        rh.ask(name, **measured)


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="already"):
        asking.pose(notebook="91", **BIG)


# The questions of the course ----------------------------------------------------------------------

NUMBERS = sorted({question.notebook for question in QUESTIONS.values()})


def asks(number):
    (path,) = (tool.ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return [cell for cell in tool.code_cells(tool.read(path)) if "rh.ask(" in cell.source]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_cell_that_asks_does_not_tell(number):
    for cell in asks(number):
        names = re.findall(r'rh\.ask\(\s*"([^"]+)"', cell.source)
        shown = [output.get("data", {}) for output in cell.outputs][-len(names) :]
        for name, data in zip(names, shown, strict=True):  # a picture after them would tell
            question, lines = QUESTIONS[name], data["text/plain"].splitlines()
            assert lines[0] == question.text
            assert lines[1:-1] == [f"  - {answer}" for answer in question.answers]
            (right,) = (a for a in question.answers if lines[-1].startswith(f"Answer: {a}. "))
            assert right not in cell.source
            assert re.search(r"\d", lines[-1].removeprefix(f"Answer: {right}. "))


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.name)
def test_the_answers_of_a_question_fit_on_buttons(question):
    assert question.text.endswith("?")
    assert 2 <= len(set(question.answers)) == len(question.answers) <= 5
    assert max(map(len, question.answers)) <= 48
    assert not [each for each in question.answers if each.endswith(".")]
    with pytest.raises(TypeError):
        question.judge(**{"nothing like this": mock.sentinel.value})
