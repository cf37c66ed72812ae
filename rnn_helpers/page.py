"""The page around a widget: what stands there without a kernel, and what widgets cannot do alone.

A notebook keeps what its cells have shown, but widgets live in the kernel. So all that has one is
shown twice: in outputs that any page can show, and in an output with nothing but the widget. With a
kernel, a script in the widget hides what it replaces; without one, a style hides the empty place.
"""

from __future__ import annotations

import html
import re
import sys

# Grounds and lines are half transparent and text has the page's colour, for light and dark pages;
# on a dark one, pictures are turned to dark, each hue kept. JupyterLab marks those by a class.
STYLE = """<style>
.rh-box { border-left: 4px solid #888; border-radius: 6px; margin: 4px 0; padding: 6px 12px;
  background: #8881; max-width: 60em; line-height: 1.5; }
.rh-box p { margin: 0; } .rh-box pre { margin: 6px 0 2px; background: none; }
.rh-right { border-color: #009E73; background: #009E7322; }
.rh-wrong { border-color: #D55E00; background: #D55E0022; }
.rh-box code { background: #8883; border-radius: 3px; padding: 0 3px; }
.rh-box .k, .rh-box .kn, .rh-box .kc, .rh-box .ow {
  color: var(--jp-mirror-editor-keyword-color, #008000); font-weight: bold; }
.rh-box .mi, .rh-box .mf { color: var(--jp-mirror-editor-number-color, #080); }
.rh-box .s1, .rh-box .s2, .rh-box .sd { color: var(--jp-mirror-editor-string-color, #ba2121); }
.rh-box .c1 { color: var(--jp-mirror-editor-comment-color, #4a8080); font-style: italic; }
.rh-box .nf, .rh-box .nc { color: var(--jp-mirror-editor-def-color, #36c); }
.rh-live { overflow-wrap: anywhere; }
.rh-live button { height: auto; text-align: left; white-space: normal; }
.rh-live button:focus-visible:enabled { outline: 2px solid; outline-offset: -2px; }
.rh-question button::before { content: ''; display: inline-block; width: 1.5em; font-weight: bold; }
.rh-question button.rh-right::before { content: '✓'; }
.rh-question button.rh-wrong::before { content: '✗'; }
.rh-question button.rh-right { box-shadow: inset 0 0 0 2px #009E73; }
.rh-question button.rh-wrong { box-shadow: inset 0 0 0 2px #D55E00; }
.jp-OutputArea-child:has(.rh-still) + * > .lm-Panel:not([data-mime-type], :has(*)) {
  display: none; }
:is([data-jp-theme-light='false'], .vscode-dark, [theme='dark'])
  :is(.rh-live img, img.jp-needs-light-background) {
  filter: invert(0.92) hue-rotate(180deg); background: none; }
</style>"""

# The page's own for what widgets have no way to say, run by an image that never loads: names and
# live regions for screen readers; keys that stay with a slider, although Notebook 7 would take them
# (Lumino, which both are made of, leaves alone what has this attribute); a word if nothing answers.
SCRIPT = """<p class="rh-box rh-wrong" role="alert" hidden><strong>The kernel does not answer.
</strong> It is busy, or it was started anew: then run the cells again, down to this one. If that
does not help, restart it by the menu of this page first.</p>
<img hidden alt="" src="data:," onerror="
    const tune = () => {
        const all = this.closest('.rh-live');
        if (!all) return;
        const find = part => [...all.querySelectorAll(part)], said = find('.rh-said')[0];
        const names = {play: 'play', pause: 'pause', stop: 'back to the start', retweet: 'repeat'};
        for (const text of find('.rh-said .widget-html-content'))
            text.setAttribute('role', 'status');
        for (const text of find('.rh-asked')) {
            all.setAttribute('role', 'group');
            all.setAttribute('aria-label', text.textContent);
        }
        for (const handle of find('[role=slider]')) handle.ariaLabel =
            handle.closest('.widget-inline-hbox').querySelector('.widget-label').textContent;
        for (const {parentElement: button, className} of find('.widget-play i'))
            button.title = button.ariaLabel = names[className.slice(6)];
        if (!said || all.tuned) return;
        all.tuned = true;

        let part = all, timer;
        while (part.parentElement && !part.parentElement.querySelector('.rh-still'))
            part = part.parentElement;
        do part = part.previousElementSibling; while (part && !part.querySelector('.rh-still'));
        for (const still of part ? part.querySelectorAll('.rh-replaced') : []) {
            part.style.display = 'none';
            if (still.matches('.rh-picture')) part.previousElementSibling.style.display = 'none';
        }

        const alarm = this.previousElementSibling;
        const asked = () => {
            clearTimeout(timer);
            timer = setTimeout(() => { alarm.hidden = false; }, 3000);
        };
        const answered = () => {
            clearTimeout(timer);
            alarm.hidden = true;
            for (const image of find('img.widget-image')) image.alt = said.textContent.trim();
        };
        answered();
        new MutationObserver(answered).observe(said, {childList: true, subtree: true});
        const moved = {subtree: true, attributeFilter: ['aria-valuenow']};
        new MutationObserver(asked).observe(all, moved);
        all.addEventListener('change', asked);
        all.addEventListener('click', ({target}) => {
            if (target.closest('button:not(.mod-active, .widget-play *)')) asked();
        }, true);
        window.rhKeys ||= !window.addEventListener('keydown', event => {
            const here = event.target.closest('.rh-live');
            const own = /^(Arrow|Page|Home|End|Enter| )/.test(event.key) &&
                !(event.ctrlKey || event.shiftKey || event.altKey || event.metaKey);
            if (here) event.target.toggleAttribute('data-lm-suppress-shortcuts', own);
        }, true);
    };
    [0, 300, 1000, 3000].forEach(wait => setTimeout(tune, wait));  // parts of a page come in turn
">"""

WIDGET = "application/vnd.jupyter.widget-view+json"
# What in a sentence is code: what stands in backticks, a call, an index, an assignment without
# spaces, names with a dot or an underscore, and what is in brackets and only numbers.
CODE = re.compile(
    r"`([^`]+)`|(?<![\w.])("
    r"(?:[A-Za-z_][\w.]*)?(?:\((?:[^\s()]|, (?=\d)|\([^()]*\))*\)|\[[^]]*\])+(?:\.\w+)*"
    r"|[A-Za-z_]\w*=[-\w.]*\w|[A-Za-z]\w*_\w*|[A-Za-z]\w+(?:\.[A-Za-z_]\w*)+)"
)


def with_code(sentence: str) -> str:
    """Return a sentence as HTML, with the code in it as code."""
    parts, end = [], 0
    for found in CODE.finditer(sentence):
        code = found[1] or found[2]
        if not found[1] and not re.search(r"[\w]", code):
            continue
        parts += [html.escape(sentence[end : found.start()]), f"<code>{html.escape(code)}</code>"]
        end = found.end()
    return "".join(parts) + html.escape(sentence[end:])


def show(bundle: dict[str, str], widget: object = None, **options: object) -> None:
    """Show what any page can show, and then, in an output of its own, the widget.

    The options are those of ``display``, for the first of them.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display

    if not InteractiveShell.initialized():
        print(bundle["text/plain"])
        return
    if "text/html" in bundle:
        bundle = bundle | {"text/html": f"{bundle['text/html']}\n{STYLE}"}
    display(bundle, raw=True, **options)
    if widget is not None:
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        # The empty text is for VS Code: with nothing to fall back to, it would show an error there.
        display({WIDGET: view, "text/html": ""}, raw=True)


def set_style() -> None:
    """Give the page of a notebook its style, from now on; elsewhere, do nothing."""
    if "IPython" in sys.modules:  # no script has to wait for it
        from IPython import get_ipython
        from IPython.display import display

        if hasattr(get_ipython(), "kernel"):
            display({"text/html": STYLE}, raw=True)
