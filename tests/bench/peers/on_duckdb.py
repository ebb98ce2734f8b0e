"""DuckDB: one wide table in a file, two threads."""

import os

import duckdb
import pyarrow as pa

from events import arrow_path, batches

THREADS = 2


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Engine:
    def __init__(self, database):
        self.database = database
        self.connection = None

    def open(self, to_write=False):
        if self.connection is None:
            # Several processes may read a file, one alone may write it.
            self.connection = duckdb.connect(self.database, read_only=not to_write)
            self.connection.execute(f"SET threads = {THREADS}")
        return self.connection

    def sql(self, text, values=()):
        """Runs a statement. The first one opens the file, and that counts as well."""
        return self.open().execute(text, values)

    def load(self, corpus, rows=None):
        """Events that lie in memory, into a file that survives."""
        n_rows = 0
        for batch in batches(arrow_path(corpus), rows):
            with self.watch:
                self.open(to_write=True).register("events", pa.Table.from_batches([batch]))
                if n_rows == 0:
                    self.sql("CREATE TABLE spans AS SELECT * FROM events")
                else:
                    self.sql("INSERT INTO spans SELECT * FROM events")
            n_rows += batch.num_rows
        with self.watch:
            self.sql("CHECKPOINT")
            self.connection.close()
        self.connection = None
        return {"rows": n_rows, "bytes": os.path.getsize(self.database)}

    def fields(self):
        """What can be compared: every column but ids and times."""
        columns = [name for name, *_ in self.sql("DESCRIBE spans").fetchall()]
        return [c for c in columns if c not in ("trace_id", "span_id", "parent_id", "start_ns", "duration_ns")]

    def bubbleup(self, fields, unique_fields, threshold_ns, top):
        """What a panel shows: of each field the values that differ most, with their counts, how many rows have it,
        and how far the two sides are apart; of near-unique fields the values that the selection has.
        """
        with self.watch:
            n, n_selected = self.sql(
                "SELECT count(*), count(*) FILTER (duration_ns > ?) FROM spans", [threshold_ns]
            ).fetchone()
            answer = {"n": n, "selected": n_selected, "fields": {}}
            for field in fields:
                rows = self.sql(PANEL.format(field=quoted(field), top=top), [threshold_ns, n_selected, n])
                answer["fields"][field] = rows.fetchall()
            for field in unique_fields:
                rows = self.sql(
                    UNIQUE_PANEL.format(field=quoted(field), top=top), [threshold_ns, threshold_ns, n_selected, n]
                )
                answer["fields"][field] = rows.fetchall()
        return answer

    def counts(self, fields, threshold_ns):
        """Every value of each field with its rows and those selected: what answers are held against."""
        statement = "SELECT {0}, count(*), count(*) FILTER (duration_ns > ?) FROM spans GROUP BY 1"
        return {f: self.sql(statement.format(quoted(f)), [threshold_ns]).fetchall() for f in fields}

    def counts_of(self, field, values, threshold_ns):
        """The same of some values."""
        statement = "SELECT {0}, count(*), count(*) FILTER (duration_ns > ?) FROM spans WHERE {0} IN (SELECT unnest(?)) GROUP BY 1"
        return self.sql(statement.format(quoted(field)), [threshold_ns, values]).fetchall()

    def distributions(self, fields):
        """Each value of each field and how often it occurs."""
        with self.watch:
            for field in fields:
                self.sql(f"SELECT {quoted(field)}, count(*) FROM spans GROUP BY 1").fetchall()

    def by_route_and_minute(self):
        """Rows and the 99th of a hundred durations, by nearest rank."""
        with self.watch:
            return self.sql(
                'SELECT "http.route", start_ns // 60000000000, count(*), quantile_disc(duration_ns, 0.99)'
                " FROM spans GROUP BY 1, 2"
            ).fetchall()

    def contains(self, field, needle):
        with self.watch:
            return self.sql(f"SELECT count(*) FROM spans WHERE contains({quoted(field)}, ?)", [needle]).fetchone()[0]

    def heatmap(self, start_ns, end_ns, n_x, edges):
        """Rows, the 99th of a hundred durations, and rows in each cell of a grid whose lower edges are given."""
        with self.watch:
            total = self.sql(
                "SELECT count(*), quantile_disc(duration_ns, 0.99) FROM spans WHERE start_ns >= ? AND start_ns < ?",
                [start_ns, end_ns],
            ).fetchone()
            step = (end_ns - start_ns) // n_x
            low, ratio = edges[0], (edges[-1] / edges[0]) ** (1 / (len(edges) - 1))
            cells = self.sql(
                "SELECT (start_ns - $1) // $2 AS x, floor(ln(duration_ns / $3) / ln($4)) AS y, count(*)"
                " FROM spans WHERE start_ns >= $1 AND start_ns < $5 GROUP BY 1, 2",
                [start_ns, step, low, ratio, end_ns],
            ).fetchall()
        return {"count": total[0], "p99_ns": total[1], "cells": sum(n for _, _, n in cells)}

    def trace(self, trace_id):
        with self.watch:
            return len(self.sql("SELECT * FROM spans WHERE trace_id = ?", [bytes.fromhex(trace_id)]).fetchall())


PANEL = """
WITH counted AS (
    SELECT {field} AS value, count(*) AS n, count(*) FILTER (duration_ns > $1) AS s FROM spans GROUP BY 1
), shares AS (
    SELECT value, n, s, s / $2 AS p, (n - s) / ($3 - $2) AS q, (p + q) / 2 AS m FROM counted
)
SELECT value, n, s,
    sum(n) FILTER (value IS NOT NULL) OVER () AS populated,
    sum(coalesce(CASE WHEN p > 0 THEN p * log2(p / m) / 2 END, 0) + coalesce(CASE WHEN q > 0 THEN q * log2(q / m) / 2 END, 0)) OVER () AS divergence
FROM shares QUALIFY value IS NOT NULL ORDER BY abs(p - q) DESC, p DESC LIMIT {top}
"""

UNIQUE_PANEL = """
WITH selected AS (
    SELECT {field} AS value, count(*) AS s FROM spans WHERE duration_ns > $1 GROUP BY 1
), rest AS (
    SELECT {field} AS value, count(*) AS b FROM spans
    WHERE duration_ns <= $2 AND {field} IN (SELECT value FROM selected) GROUP BY 1
)
SELECT value, s + coalesce(b, 0) AS n, s FROM selected LEFT JOIN rest USING (value)
ORDER BY abs(s / $3 - coalesce(b, 0) / ($4 - $3)) DESC, value LIMIT {top}
"""
