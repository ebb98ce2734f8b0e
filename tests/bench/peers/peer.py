"""peer.py ENGINE DATABASE: reads a question a line, {"op": ..., ...}, and answers a line of JSON with what it cost.

An engine is a class with a method for each question. What it does inside of `with self.watch:` counts.
"""

import importlib
import json
import sys

from watch import Watch, peak_mb


def main():
    _, name, database = sys.argv
    engine = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if engine is None:
                engine = importlib.import_module("on_" + name).Engine(database)
            engine.watch = Watch()
            op = question.pop("op")
            answer = None if op == "ready" else getattr(engine, op)(**question)
            said = {"answer": answer}
        except Exception as error:  # noqa: BLE001: whatever it is, the one who asks has to know
            said = {"error": f"{type(error).__name__}: {error}"}
            watch = getattr(engine, "watch", Watch())
        else:
            watch = engine.watch
        said.update(wall_s=watch.wall_s, cpu_s=watch.cpu_s, peak_mb=peak_mb())
        print(json.dumps(said), flush=True)


main()
