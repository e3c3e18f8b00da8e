"""Searches vectors.f16 for query.f32, once for each line of standard input, and answers it with one. Says first what it is.

Arguments: numpy, usearch or hnsw, folder, dimensions, how many are wanted, threads.
"""

import os
import pathlib
import sys
import time

program, folder, dims, top, threads = sys.argv[1:]
os.environ["OPENBLAS_NUM_THREADS"] = threads
folder, dims, top, threads = pathlib.Path(folder), int(dims), int(top), int(threads)

import numpy as np

IN_GRAPH = 100_000

vectors = np.memmap(folder / "vectors.f16", dtype="<f2", mode="r").reshape(-1, dims)
query = np.fromfile(folder / "query.f32", dtype="<f4")
if program == "numpy":
    vectors = np.asarray(vectors, dtype=np.float32)

    about = "NumPy, single precision"

    def search():
        likeness = vectors @ query
        best = np.argpartition(-likeness, top)[:top]
        return best[np.argsort(-likeness[best])]

else:
    import usearch
    from usearch.index import Index, MetricKind, search as search_exactly

    halves = query.astype(np.float16)
    about = f"usearch {usearch.__version__}, exact, half precision"

    def search():
        return search_exactly(vectors, halves, top, MetricKind.IP, exact=True, threads=threads)

    if program == "hnsw":
        # A graph of all takes longer to build than anybody waits for a figure.
        vectors = vectors[:IN_GRAPH]
        exact = set(search().keys.tolist())
        began = time.monotonic()
        index = Index(ndim=dims, metric=MetricKind.IP, dtype="f16", expansion_search=2 * top)
        index.add(np.arange(len(vectors)), vectors, threads=threads)
        built_s = time.monotonic() - began

        def search():
            return index.search(halves, top, threads=threads)

        recall = len(exact.intersection(search().keys.tolist())) / top
        about = f"usearch {usearch.__version__}, HNSW of {len(vectors)} of them (built in {built_s:.0f} s, recall at {top} {recall:.2f})"


print(about, flush=True)
for _ in sys.stdin:
    search()
    print("done", flush=True)
