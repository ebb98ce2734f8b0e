"""The engine of ClickHouse, in this process: one wide MergeTree."""

import json
import os

import pyarrow as pa
from chdb import session

from events import RECORD, arrow_path, batches

ORDER = "(start_ns)"
TYPES = {pa.string(): "Nullable(String)", pa.int64(): "Nullable(Int64)", pa.bool_(): "Nullable(Bool)"}
KEYS = {"trace_id": "FixedString(16)", "span_id": "FixedString(8)", "parent_id": "Nullable(FixedString(8))"}

# Texts that repeat are kept in a dictionary, the near-unique ones as they are.
UNIQUE = {"request.id", "message.id"}


def kind(field):
    if field.name in KEYS:
        return KEYS[field.name]
    if field.name in {name for name, _ in RECORD} and field.type == pa.int64():
        return "Int64"
    if field.type == pa.string() and field.name not in UNIQUE:
        return "LowCardinality(Nullable(String))"
    return TYPES[field.type]



class Engine:
    def __init__(self, database):
        self.database = database
        self.session = None

    def load(self, corpus, rows=None):
        path = arrow_path(corpus)
        n_rows = 0
        for batch in batches(path, rows):
            events = pa.Table.from_batches([batch])  # noqa: F841: named in the statement
            with self.watch:
                if self.session is None:
                    self.session = session.Session(self.database)
                    self.session.query("CREATE DATABASE IF NOT EXISTS bench")
                    columns = ", ".join(f"`{field.name}` {kind(field)}" for field in batch.schema)
                    self.session.query(
                        f"CREATE TABLE bench.spans ({columns}) ENGINE = MergeTree ORDER BY {ORDER}"
                    )
                self.session.query("INSERT INTO bench.spans SELECT * FROM Python(events)")
            n_rows += batch.num_rows
        with self.watch:
            # Merging is part of the price: Skep's segments are as they will stay.
            self.session.query("OPTIMIZE TABLE bench.spans FINAL")
        held = self.session.query(
            "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'spans'", "JSONCompact"
        )
        rows, size = json.loads(str(held))["data"][0]
        self.session.close()
        assert int(rows) == n_rows, f"{rows} of {n_rows} rows"
        return {"rows": n_rows, "bytes": int(size)}
