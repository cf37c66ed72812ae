"""Which notebooks show, together, every kind of thing that a page can have.

The everyday run moves every slider of every notebook, in its kernel. What is left for a browser to
try is the page, and that takes long; so it is tried with as few notebooks as will do.
"""

import ast

import ipywidgets

import rnn_helpers as rh
from tools import notebooks as tool

LIVE = {f"rh.{name}" for name in rh._LATER}  # what makes widgets, or checks answers


def kinds(path):
    """Return what a notebook has: widgets, what is live, how many explorers, and their options."""
    code = "\n".join(cell.source for cell in tool.code_cells(tool.read(path)))
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    names = [ast.unparse(call.func) for call in calls]
    found = {name for name in names if hasattr(ipywidgets, name) or name in LIVE}
    explorers = [call for call, name in zip(calls, names, strict=True) if name == "rh.explore"]
    for number, call in enumerate(explorers, start=1):
        options = {keyword.arg for keyword in call.keywords} & {"play", "every"}
        found |= {f"explorer {number}", *options}
    return found


def cover(paths):
    """Return names of notebooks: the next is always the one with most kinds that are missing."""
    kinds_of, chosen = {path.stem: kinds(path) for path in paths}, []
    missing = set().union(*kinds_of.values())
    while missing:
        chosen.append(max(kinds_of, key=lambda stem: len(kinds_of[stem] & missing)))
        missing -= kinds_of[chosen[-1]]
    return chosen


COVER = cover(tool.find())
