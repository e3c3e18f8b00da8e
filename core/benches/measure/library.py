"""Searches vectors.f16 for query.f32, once for each line of standard input, and answers it with one.

Arguments: numpy or usearch, folder, dimensions, how many are wanted, threads.
"""

import os
import pathlib
import sys

program, folder, dims, top, threads = sys.argv[1:]
os.environ["OPENBLAS_NUM_THREADS"] = threads
folder, dims, top, threads = pathlib.Path(folder), int(dims), int(top), int(threads)

import numpy as np

vectors = np.memmap(folder / "vectors.f16", dtype="<f2", mode="r").reshape(-1, dims)
query = np.fromfile(folder / "query.f32", dtype="<f4")
if program == "numpy":
    vectors = np.asarray(vectors, dtype=np.float32)

    def search():
        likeness = vectors @ query
        best = np.argpartition(-likeness, top)[:top]
        return best[np.argsort(-likeness[best])]

else:
    from usearch.index import MetricKind, search as search_exactly

    halves = query.astype(np.float16)

    def search():
        return search_exactly(vectors, halves, top, MetricKind.IP, exact=True, threads=threads)


for _ in sys.stdin:
    search()
    print("done", flush=True)
