"""That a document in LaTeX is one for MathJax as well."""

from __future__ import annotations

import re

# https://docs.mathjax.org/en/latest/input/tex/macros/index.html, of the base and ams extensions.
MATHJAX_COMMANDS = {
    *("begin", "end", "text", "textbf", "quad", "left", "right", "frac", "mathrm", "pi", "mu"),
    *("cdot", "mid", "cup", "emptyset", "ge", "backslash", "wedge", "sim", "leftarrow"),
}
MATHJAX_ENVIRONMENTS = {"gather*", "gathered", "array", "pmatrix"}


def check_latex(text):
    """Braces and environments are balanced, all commands are known, and signs are in formulas."""
    environments = re.findall(r"\\(begin|end)\{([^}]*)\}", text)
    stack = []
    for side, name in environments:
        assert name in MATHJAX_ENVIRONMENTS
        if side == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= MATHJAX_COMMANDS
    bare = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert not set(bare) & set("%#~")
    inside, outside = split_math(bare)
    assert not set(outside) & set("\\{}_^&<>|")
    # In text, MathJax knows no escaped signs.
    for piece in re.findall(r"\\text(?:bf)?\{([^{}]*)\}", "".join(inside)):
        assert not set(piece) & set("\\_^&<>|$")
    # The alignment character occurs in matrices and arrays only.
    for formula in inside:
        rest = re.sub(r"\\begin\{(pmatrix|array)\}.*?\\end\{\1\}", "", formula, flags=re.S)
        assert "&" not in rest


def split_math(text):
    """Return the formulas, and what stands between them."""
    pattern = r"\$\$.*?\$\$|\$[^$]*\$|\\begin\{gather\*\}.*?\\end\{gather\*\}"
    return re.findall(pattern, text, re.S), re.sub(pattern, "", text, flags=re.S)
