"""A shop in Flask that knows nothing of OpenTelemetry: it serves, orders from itself once, and ends."""

import logging
import threading

import requests
from flask import Flask, request
from werkzeug.serving import make_server

app = Flask(__name__)
logger = logging.getLogger("shop")


@app.get("/order/<item>")
def order(item):
    left = requests.get(f"{request.host_url}stock/{item}", timeout=5)
    logger.warning("only %s of %s left", left.text, item, extra={"item": item})
    return "ordered"


@app.get("/stock/<item>")
def stock(item):
    return str(len(item))


server = make_server("127.0.0.1", 0, app, threaded=True)
serving = threading.Thread(target=server.serve_forever)
serving.start()
print(requests.get(f"http://127.0.0.1:{server.server_port}/order/tea", timeout=5).text)
server.shutdown()
serving.join()
