"""Sends a trace by the beeline and an event by libhoney, set up as their users do but for the API's host.

Prints the trace's id, then what libhoney was answered for each of its events.
"""

import datetime
import json
import sys

import beeline
import libhoney

HOST, KEY = sys.argv[1:]

beeline.init(writekey=KEY, service_name="py-shop", api_host=HOST)
with beeline.tracer("order") as order:
    beeline.add_trace_field("user", "ann")
    with beeline.tracer("pay"):
        beeline.add_context({"amount": 12.5, "cards": ["a", "b"], "fast": True})
        beeline.add_rollup_field("tries", 2)
    try:
        with beeline.tracer("ship"):
            raise KeyError("no such street")
    except KeyError:
        pass
print(order.trace_id)
beeline.close()

client = libhoney.Client(writekey=KEY, dataset="py events", api_host=HOST, sample_rate=1)
event = client.new_event({"method": "GET", "duration_ms": 153.125, "nested": {"a": [1, None]}})
event.created_at = datetime.datetime(2023, 11, 14, 22, 13, 20, 123456)
event.sample_rate = 4
event.metadata = "good"
event.send_presampled()
late = client.new_event({"too": "wide"})
late.add({f"f{n}": n for n in range(2_000)})
late.metadata = "too wide"
late.send()
client.close()
answers = client.responses()
for answer in sorted(iter(answers.get, None), key=lambda answer: answer["metadata"]):
    print(json.dumps([answer["metadata"], answer["status_code"], answer["error"]]))
