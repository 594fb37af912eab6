"""What the tests of reports share."""

from tiny_reports import rows, tiny

__all__ = ["rows", "tiny"]
