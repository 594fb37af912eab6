"""Files of records, a text in each: read them one by one, and write them again with what was found in the text.

The formats are JSON Lines, CSV, TSV and Parquet; only Parquet needs a library (the extra `parquet`). Both directions
work as streams, so that memory does not grow with the size of the file.
"""

from .parquet import frame_columns, frame_row
from .reading import Record, RecordFile, is_record_file
from .writing import check_output, write_records

__all__ = [
    "Record",
    "RecordFile",
    "check_output",
    "frame_columns",
    "frame_row",
    "is_record_file",
    "write_records",
]
