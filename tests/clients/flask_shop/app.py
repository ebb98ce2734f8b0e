"""A small shop in two processes: `shop` reads a cart and asks `prices` for each item.

Instrumented as any Flask application would be, and configured by OTEL_* variables alone. Prints its port.
"""

import os
import signal
import sys

import requests
from flask import Flask, jsonify
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from werkzeug.serving import make_server

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)

app = Flask(__name__)
FlaskInstrumentor().instrument_app(app)
RequestsInstrumentor().instrument()
tracer = trace.get_tracer("shop.cart")


@app.get("/cart/<user>")
def cart(user):
    with tracer.start_as_current_span("read cart") as span:
        items = ["tea", "honey", "bread"]
        span.set_attributes(
            {
                "cart.user": user,
                "cart.size": len(items),
                "cart.discount": 0.25,
                "cart.is_empty": False,
                "cart.items": items,
            }
        )
        span.add_event("cart read", {"cart.source": "memory"})
    prices = [requests.get(f"{os.environ['PRICES_URL']}/price/{item}", timeout=5).json() for item in items]
    span_context = trace.get_current_span().get_span_context()
    return jsonify(trace_id=f"{span_context.trace_id:032x}", total=sum(prices))


@app.get("/price/<item>")
def price(item):
    return jsonify(len(item))


@app.get("/broken")
def broken():
    trace.get_current_span().set_attribute("cart.user", "nobody")
    raise KeyError("no such cart")


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
