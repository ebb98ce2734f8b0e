"""convert.py CORPUS: makes the Arrow file of a corpus where it is missing, and prints where it lies."""

import sys

from events import arrow_path

print(arrow_path(sys.argv[1]), file=sys.stderr)
