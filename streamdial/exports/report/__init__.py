"""The report: one static page to look through a data set."""

from streamdial.exports.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
