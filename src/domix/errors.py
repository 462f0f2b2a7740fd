"""The errors a user can cause, and the warning for what is only worth a note.

Each message names the place (file, line, row, column, variable, state) and the mend.
"""

__all__ = [
    "CertificateError",
    "DataError",
    "DomixError",
    "DomixWarning",
    "ExclusionError",
    "FormatError",
    "InterventionError",
    "MissingExtraError",
    "NetworkError",
    "NotAMixtureError",
    "PositivityError",
]


class DomixError(ValueError):
    """Base of every error that domix raises for bad input."""


class NetworkError(DomixError):
    """The graph, the states or a table of a network is invalid."""


class DataError(DomixError):
    """Rows, codes, labels or counts do not fit the network."""


class InterventionError(DomixError):
    """An intervention or a mixture names what the network does not have, or weights are invalid."""


class FormatError(DomixError):
    """A file cannot be read or written; the message holds the path, line and column."""


class ExclusionError(DomixError):
    """Every value of some variable is used by the targets, so they are not identifiable."""


class PositivityError(DomixError):
    """A table entry that identification has to divide by is zero."""


class NotAMixtureError(DomixError):
    """No mixture of interventions that respects exclusion reproduces the distribution."""


class CertificateError(DomixError):
    """A certificate does not prove what it claims."""


class MissingExtraError(DomixError, ImportError):
    """A package that an optional feature needs is not installed."""

    def __init__(self, feature: str, package: str, extra: str) -> None:
        super().__init__(
            f'{feature} needs the package {package}: python -m pip install "domix[{extra}]"'
        )


class DomixWarning(UserWarning):
    """Something worth a note that does not stop the work."""
