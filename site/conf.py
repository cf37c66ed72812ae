"""Sphinx's settings for the site; build.py writes its pages and starts Sphinx."""

import re
import sys
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tools import repository  # noqa: E402

where = repository.current(ROOT)
project, author, language = "Recurrent networks from one sine wave", "", "en"
extensions = ["myst_nb", "sphinx_copybutton"]
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 4
nb_execution_mode = "off"
suppress_warnings = ["myst.header"]  # a fragment of a page may begin with any heading
copybutton_selector = ":not(.output) > div.highlight pre"

# The theme of Jupyter Book: made for notebooks, with their launch buttons, and all files its own.
html_theme, html_title, html_baseurl = "sphinx_book_theme", project, where.site
html_static_path, html_css_files, html_js_files = ["static"], ["rh.css", "site.css"], ["site.js"]
html_favicon = "static/favicon.svg"
html_copy_source = html_show_sourcelink = html_show_copyright = False
html_context = {"default_mode": "auto"}
html_math_renderer = "mathml"
html_theme_options = {
    "repository_url": where.address,
    "repository_branch": where.branch,
    "use_repository_button": True,
    "use_download_button": False,
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
        "notebook_interface": "jupyterlab",
    },
    "navbar_persistent": [],  # the search is at the left already
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


# A minus that is a sign: nothing comes before it, or something that is no number or bracket.
SIGN = re.compile(r"(<mrow>|<mo[^>]*>(?!&#x00029;|[)\]|])[^<]*</mo>)<mo>(?=&#x02212;)")


def formula(translator, node):
    """Write a formula as MathML, which browsers draw without a script and screen readers read."""
    block = isinstance(node, nodes.math_block)
    formula = convert(node.astext(), display="block" if block else "inline")
    if "\\" in formula:
        raise ValueError(f"latex2mathml does not know all of {node.astext()}")
    translator.body.append(SIGN.sub(r'\1<mo form="prefix">', formula))
    raise nodes.SkipNode


def setup(app):
    """Draw formulas without MathJax."""
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))
