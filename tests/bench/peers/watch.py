"""Times of the part that counts."""

import resource
import time


def cpu_s():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Watch:
    """`with watch:` adds what the block costs, all threads of this process included."""

    def __init__(self):
        self.wall_s = self.cpu_s = 0.0

    def __enter__(self):
        self.begun = time.perf_counter(), cpu_s()

    def __exit__(self, *_):
        self.wall_s += time.perf_counter() - self.begun[0]
        self.cpu_s += cpu_s() - self.begun[1]
