"""What one would do without thinking: one row a span in SQLite, its attributes as JSON text, an index on the trace."""

import os
import sqlite3

from events import arrow_path, as_json, attribute_fields, batches

ROWS_PER_TRANSACTION = 512


class Engine:
    def __init__(self, database):
        self.database = database
        self.connection = None

    def open(self):
        if self.connection is None:
            self.connection = sqlite3.connect(self.database, isolation_level=None)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
        return self.connection

    def load(self, corpus, rows=None):
        """Rows that lie in memory with their JSON made already, which flatters: a receiver has to make it."""
        path = arrow_path(corpus)
        keys = attribute_fields(path)
        n_rows = 0
        with self.watch:
            self.open().execute(
                "CREATE TABLE spans (trace_id BLOB, span_id BLOB, parent_id BLOB, name TEXT, service TEXT,"
                " start_ns INTEGER, duration_ns INTEGER, attributes TEXT)"
            )
            self.connection.execute("CREATE INDEX spans_by_trace ON spans (trace_id)")
        for batch in batches(path, rows):
            for start in range(0, batch.num_rows, ROWS_PER_TRANSACTION):
                part = batch.slice(start, ROWS_PER_TRANSACTION).to_pylist()
                values = [
                    (
                        row["trace_id"],
                        row["span_id"],
                        row["parent_id"],
                        row["name"],
                        row["service.name"],
                        row["start_ns"],
                        row["duration_ns"],
                        as_json(row, keys),
                    )
                    for row in part
                ]
                with self.watch:
                    self.connection.execute("BEGIN")
                    self.connection.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
                    self.connection.execute("COMMIT")
                n_rows += len(values)
        with self.watch:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.connection.close()
        self.connection = None
        return {"rows": n_rows, "bytes": os.path.getsize(self.database)}

    def trace(self, trace_id):
        with self.watch:
            rows = self.open().execute("SELECT * FROM spans WHERE trace_id = ?", [bytes.fromhex(trace_id)])
            return len(rows.fetchall())
