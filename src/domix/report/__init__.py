"""Reports: one file that says what was asked, what was found and how sure it is."""

from domix.report.about import About, InputFile, describe_files
from domix.report.write import REPORT_SUFFIXES, check_report, write_report

__all__ = [
    "REPORT_SUFFIXES",
    "About",
    "InputFile",
    "check_report",
    "describe_files",
    "write_report",
]
