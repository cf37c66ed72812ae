"""What stands around a widget: code in sentences, and what is shown where."""

import pytest

from rnn_helpers import page


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("with k=3, labels[0] should be 0.31; yours is 0.2.", ["k=3", "labels[0]"]),
        ("your x has shape (2, 1): that is seq_len first.", ["(2, 1)", "seq_len"]),
        ("`w1` is 3 <b> and (so to speak) 4.", ["w1"]),
        (
            "np.roll goes (see there); call np.cos(np.deg2rad(d)).",
            ["np.roll", "np.cos(np.deg2rad(d))"],
        ),
        ("An error of 0.5, 3 x 4, and no code. So it is.", []),
    ],
)
def test_what_is_code_in_a_sentence_is_shown_as_code(sentence, code):
    html = page.with_code(sentence)
    assert [part.partition("</code>")[0] for part in html.split("<code>")[1:]] == code
    plain = html.replace("<code>", "").replace("</code>", "")
    assert plain == sentence.replace("`", "").replace("<b>", "&lt;b&gt;")


def test_script_and_style_are_whole():
    """An attribute in double quotes holds the script; the tool takes the style away as one."""
    assert page.SCRIPT.count('onerror="') == 1
    assert '"' not in page.SCRIPT.partition('onerror="')[2].rstrip()[:-2]
    assert page.STYLE.startswith("<style>")
    assert page.STYLE.endswith("</style>")
