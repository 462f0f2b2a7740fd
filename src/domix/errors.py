"""The errors that a user can cause, and the warning for anything less serious.

Each message names the place (file, line, row, column, variable, state) and the fix.
"""

from __future__ import annotations


class DomixError(ValueError):
    """Base of every error that domix raises for bad input.

    As text, an error is its message after the source and the argument, where they are given:
    ``source: argument: message``. The message itself does not repeat them.

    Parameters
    ----------
    message : str
        What is wrong, and how to fix it.
    argument : str or None
        The argument of the call that is at fault, by its name.
    source : str or None
        The file that is at fault, with line and column where they are known: ``"net.bif:3:14"``.

    Attributes
    ----------
    message : str
    argument : str or None
    source : str or None

    Examples
    --------
    >>> error = DataError("there are no rows", argument="observational")
    >>> print(error)
    observational: there are no rows
    >>> error.argument
    'observational'
    """

    def __init__(
        self, message: str, *, argument: str | None = None, source: str | None = None
    ) -> None:
        # Copies and pickles are made from ``args``, then get the attributes.
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.source = source

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.argument, self.message) if part)


class NetworkError(DomixError):
    """The graph, the states or a table of a network is invalid."""


class DataError(DomixError):
    """Rows, codes, labels, counts or another argument is invalid."""


class InterventionError(DomixError):
    """An intervention names a variable or state that the network lacks, or weights are invalid."""


class FormatError(DomixError):
    """A file cannot be read or written; the message names the path, line and column."""


class ExclusionError(DomixError):
    """Every value of some variable is used by the targets, so they are not identifiable."""


class PositivityError(DomixError):
    """A probability that identification divides by is zero."""


class NotAMixtureError(DomixError):
    """No mixture of interventions that respects exclusion reproduces the distribution."""


class CertificateError(DomixError):
    """A certificate does not prove what it claims."""


class MissingExtraError(DomixError, ImportError):
    """A package that an optional feature needs is not installed.

    Parameters
    ----------
    feature : str
        What needs the package, as the subject of the message.
    package : str
        The package that is missing.
    extra : str
        The extra of domix that installs it.
    """

    def __init__(self, feature: str, package: str, extra: str) -> None:
        super().__init__(
            f'{feature} needs the package {package}: python -m pip install "domix[{extra}]"'
        )
        self.args = (feature, package, extra)


class DomixWarning(UserWarning):
    """Something that a user should know, but that does not stop the work."""
