"""The events of a corpus as Arrow columns, decoded once from the same request bytes that Skep is sent.

What this costs is not counted for the peers: they load events that lie in memory.
"""

import json
import os
import struct

import pyarrow as pa
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

BATCH_ROWS = 262_144

KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"]

# Of the record itself; attributes follow.
RECORD = [
    ("trace_id", pa.binary(16)),
    ("span_id", pa.binary(8)),
    ("parent_id", pa.binary(8)),
    ("name", pa.string()),
    ("span.kind", pa.string()),
    ("status_code", pa.int64()),
    # True or missing, as it is in Skep.
    ("error", pa.bool_()),
    ("is_root", pa.bool_()),
    ("start_ns", pa.int64()),
    ("duration_ns", pa.int64()),
]

# Which member of AnyValue a column's values lie in, by its Arrow type.
MEMBERS = {pa.string(): "string_value", pa.int64(): "int_value", pa.bool_(): "bool_value"}


def arrow_path(corpus_path):
    """Where the Arrow file of a corpus lies, which is made where it is missing."""
    path = os.path.splitext(corpus_path)[0] + ".arrow"
    if not os.path.exists(path):
        convert(corpus_path, path + ".part")
        os.replace(path + ".part", path)
    return path


def requests(corpus_path):
    with pa.input_stream(corpus_path, compression="zstd", buffer_size=1 << 20) as file:
        while head := file.read(4):
            yield ExportTraceServiceRequest.FromString(file.read(struct.unpack("<I", head)[0]))


def schema_of(corpus_path, n_requests=64):
    """Every key of the first requests, with the type of its values."""
    types = {}
    for request, _ in zip(requests(corpus_path), range(n_requests)):
        for group in request.resource_spans:
            spans = [span for scope in group.scope_spans for span in scope.spans]
            for owner in [group.resource, *spans]:
                for pair in owner.attributes:
                    member = pair.value.WhichOneof("value")
                    types[pair.key] = next(t for t, name in MEMBERS.items() if name == member)
    return pa.schema(RECORD + sorted(types.items()))


def convert(corpus_path, path):
    schema = schema_of(corpus_path)
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, schema, options=options) as writer:
        columns = Columns(schema)
        for request in requests(corpus_path):
            columns.add(request)
            if columns.n_rows >= BATCH_ROWS:
                writer.write_batch(columns.take())
        if columns.n_rows:
            writer.write_batch(columns.take())


class Columns:
    """Rows on their way into one record batch."""

    def __init__(self, schema):
        self.schema = schema
        self.members = {f.name: MEMBERS[f.type] for f in list(schema)[len(RECORD) :]}
        self.clear()

    def clear(self):
        self.n_rows = 0
        self.record = [[] for _ in RECORD]
        # Of each key, the rows that have it and their values.
        self.sparse = {key: ([], []) for key in self.members}

    def add(self, request):
        sparse, members, record = self.sparse, self.members, self.record
        for group in request.resource_spans:
            shared = [(pair.key, getattr(pair.value, members[pair.key])) for pair in group.resource.attributes]
            for scope in group.scope_spans:
                for span in scope.spans:
                    row = self.n_rows
                    failed = span.status.code == 2
                    values = (
                        span.trace_id,
                        span.span_id,
                        span.parent_span_id or None,
                        span.name,
                        KINDS[span.kind],
                        span.status.code,
                        failed or None,
                        not span.parent_span_id,
                        span.start_time_unix_nano,
                        span.end_time_unix_nano - span.start_time_unix_nano,
                    )
                    for column, value in zip(record, values):
                        column.append(value)
                    for pair in span.attributes:
                        key = pair.key
                        rows, texts = sparse[key]
                        rows.append(row)
                        texts.append(getattr(pair.value, members[key]))
                    for key, value in shared:
                        rows, texts = sparse[key]
                        rows.append(row)
                        texts.append(value)
                    self.n_rows += 1

    def take(self):
        arrays = [pa.array(column, type=kind) for column, (_, kind) in zip(self.record, RECORD)]
        for field in list(self.schema)[len(RECORD) :]:
            rows, values = self.sparse[field.name]
            if len(rows) < self.n_rows:
                spread = [None] * self.n_rows
                for row, value in zip(rows, values):
                    spread[row] = value
                values = spread
            arrays.append(pa.array(values, type=field.type))
        self.clear()
        return pa.record_batch(arrays, schema=self.schema)


def batches(path, n_rows=None):
    """The record batches of an Arrow file, up to so many rows."""
    with pa.memory_map(path) as source:
        reader = pa.ipc.open_file(source)
        left = n_rows
        for index in range(reader.num_record_batches):
            batch = reader.get_batch(index)
            if left is not None:
                batch = batch.slice(0, left)
                left -= batch.num_rows
            if batch.num_rows:
                yield batch


def attribute_fields(path):
    """The names of the attribute columns."""
    with pa.memory_map(path) as source:
        return pa.ipc.open_file(source).schema.names[len(RECORD) :]


def as_json(row, keys):
    """The attributes of a row as one JSON text."""
    return json.dumps({key: row[key] for key in keys if row[key] is not None}, separators=(",", ":"))
