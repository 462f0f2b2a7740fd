"""Plain technical English: retired words are gone, and names of tests stay short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]
PATTERNS = ["src/**/*.py", "src/**/*.py[xi]", "src/**/*.pxd", "src/**/*.h", "tests/**/*.py"]
FILES = sorted(
    path
    for pattern in [*PAGES, *PATTERNS, "docs/**/*.md", "docs/**/*.py"]
    for path in ROOT.glob(pattern)
    if path != Path(__file__)
)
LONGEST_TEST_NAME = 59

RETIRED = {
    r"mend(s|ed|ing)?": "fix, correct",
    r"dear(er|est|ly)?": "costly, slow",
    r"there twice": "duplicate",
    r"(is|are|be) no (fraction|mixture|network|number|state|target|variable)s?": "is not a",
    r"(for|in) want of": "because of missing ...",
    r"beforehand": "background knowledge",
    r"told(?! apart)": "known",
    r"anew|afresh": "again",
    r"nobody|somebody|everybody": "name the person or thing",
    r"contested": "ambiguous",
    r"settled|stayed": "unambiguous",
    r"(?<!point )mass(es)?": "expected counts, probability",
    r"hopeful|surplus|worth|pays": "score gain, drop cost, critical value",
    r"profiled": "refitted",
    r"closures?": "name the set, or the function",
    r"(table|cpt|flat|joint)[ _-]cells?|cells? of (a|all|the) (table|cpt)s?": "entry, row of a CPT",
    r"(?<![/\"'.`-])pictures?(?![/\"'.`-])": "figure",
    r"arcs?": "edge",
    r"(?<![.`])twins?(?!`| :|:)": "reference implementation, equivalent mixture",
    r"(hold|holds|held) (it |them )?against": "compare with",
    r"owed|owes": "expected",
    r"(?<![\"'`])silent(?![\"'`])": "not set",
    r"blames?|to blame": "at fault",
    r"pleases?": "likes, chooses",
    r"lest|hitherto|whence|albeit|withal|heretofore": "a plain conjunction",
}
"""Pattern of whole words, in any case, to what to write instead.

Words with another, proper use are retired only in the context given: a study and a gene-editing
screen have cells, `domix demo` writes `picture.png`, `silent` is a key of certificates, and
`TwinLine.twin` is a public name.
"""


@pytest.mark.parametrize("pattern", RETIRED)
def test_retired_words_are_gone(pattern: str) -> None:
    words = re.compile(rf"(?<![A-Za-z])({pattern})(?![A-Za-z])", re.IGNORECASE)
    places = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]!r}; write: {RETIRED[pattern]}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in words.finditer(line)
    ]
    assert not places, "\n".join(places)


def test_names_of_tests_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if path.name.startswith("test_")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
        if len(name) > LONGEST_TEST_NAME
    ]
    assert not long, "\n".join(long)
