"""Tokens of the formats with blocks in braces, NET and DSL, and their places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NoReturn

from domix.errors import FormatError
from domix.util.files import line_and_column

LETTER = r'[^\s,|{}();="]'
BARE = re.compile(rf"(?:(?!%|//){LETTER})+")
"""A name that is read back without quotes, in both formats."""
OPENERS = {"(": ")", "{": "}"}
PUNCTUATION = frozenset("{}();=|")
END = ""
"""The token after the last one."""


class Tokens:
    """The tokens of a text, one after the other.

    Parameters
    ----------
    text : str
        The content of the file; commas separate like blanks.
    source : str
        The file, for messages.
    comment : str
        The mark that starts a comment, which ends with the line.

    Raises
    ------
    FormatError
        A quotation mark has no other.
    """

    def __init__(self, text: str, source: str, comment: str) -> None:
        word = rf"(?:(?!{comment}){LETTER})+"
        quoted = r'"(?:[^"\\]|\\[\s\S])*"'
        pattern = re.compile(rf'{comment}[^\r\n]*|({quoted}|{word}|[{{}}();=|"])')
        matches = [match for match in pattern.finditer(text) if match[1] is not None]
        self.words = [match[1] for match in matches] + [END]
        self.starts = [match.start() for match in matches] + [len(text)]
        self.text, self.source = text, source
        self.position = self.words.index('"') if '"' in self.words else 0
        if self.peek() == '"':
            self.fail("this quoted text is never closed")

    def peek(self) -> str:
        """Return the next token; it is empty at the end."""
        return self.words[self.position]

    def take(self, *expected: str) -> str:
        """Return the next token, which must be one of ``expected`` if there are any."""
        word = self.peek()
        if expected and word not in expected:
            self.fail_expecting(" or ".join(expected))
        self.position += word != END
        return word

    def take_name(self) -> str:
        """Return the next token, a bare word or a text in quotes."""
        word = self.peek()
        if word == END or word in PUNCTUATION:
            self.fail_expecting("a name")
        self.position += 1
        if word[0] == '"':
            return re.sub(r'\\(["\\])', r"\1", word[1:-1])
        return word

    def take_names(self, *closers: str) -> list[str]:
        """Return the names up to one of ``closers``, which is not taken."""
        names = []
        while self.peek() not in closers:
            names.append(self.take_name())
        return names

    def take_list(self) -> tuple[list[str], tuple[int, ...] | None]:
        """Return the words of a list in brackets, and its shape if all lists in it are alike."""
        words: list[str] = []
        open_counts: list[int] = []
        sizes: dict[int, set[int]] = {}
        self.take("(")
        open_counts.append(0)
        while open_counts:
            word = self.peek()
            if word == "(":
                open_counts[-1] += 1
                open_counts.append(0)
                self.position += 1
            elif word == ")":
                sizes.setdefault(len(open_counts), set()).add(open_counts.pop())
                self.position += 1
            else:
                words.append(self.take_name())
                open_counts[-1] += 1
        if any(len(size) > 1 for size in sizes.values()):
            return words, None
        return words, tuple(size.pop() for _, size in sorted(sizes.items()))

    def skip_value(self) -> None:
        """Skip to the semicolon that ends a value, over blocks and lists."""
        closers: list[str] = []
        begin = self.position
        while closers or self.peek() != ";":
            word = self.take()
            if word in OPENERS:
                closers.append(OPENERS[word])
            elif closers and word == closers[-1]:
                closers.pop()
            elif word == END or word in OPENERS.values():
                self.position = begin
                self.fail("this value is not closed; put a ; at its end")

    def skip_block(self) -> None:
        """Skip a block in braces."""
        self.take("{")
        begin = self.position
        depth = 1
        while depth:
            word = self.take()
            if word == END:
                self.position = begin - 1
                self.fail("there is no } to close this")
            depth += (word == "{") - (word == "}")

    def place(self, position: int) -> str:
        """Return the file, line and column of a token."""
        return f"{self.source}:{line_and_column(self.text, self.starts[position])}"

    def fail_expecting(self, what: str) -> NoReturn:
        """Refuse the next token."""
        word = self.peek()
        self.fail(f"expected {what} here, not {repr(word) if word else 'the end of the file'}")

    def fail(self, message: str) -> NoReturn:
        """Refuse the text at the next token."""
        raise FormatError(message, source=self.place(self.position))


def quote(text: object) -> str:
    """Return a text in quotes, as :meth:`Tokens.take_name` reads it."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def between_blanks(names: Iterable[object]) -> str:
    """Return names as a list between blanks."""
    return " ".join(map(str, names))
