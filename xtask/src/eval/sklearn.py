"""Heads of scikit-learn, asked line by line by core/benches/evaluate.

Arguments: folder with a.f32 and b.f32 (the windows of both files), dimensions. Each line of standard input is a
question, each line of standard output its answer, both JSON. Vectors are scaled to unit length and standardised, as
they are for Earmark's own head.
"""

import json
import pathlib
import sys
import time

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import SVC

HEADS = {
    # Earmark's first head; its gamma is one over the dimensions of standardised vectors.
    "support_vector_machine": lambda: SVC(C=1.0, gamma="auto", class_weight="balanced"),
    "logistic_regression": lambda: LogisticRegression(class_weight="balanced", max_iter=1000),
    # What 8-cut uses, but for the number of bins: the usual 255 take eight times as long on a few hundred examples.
    "hist_gradient_boosting": lambda: CalibratedClassifierCV(
        HistGradientBoostingClassifier(class_weight="balanced", max_bins=32, random_state=0), method="isotonic", cv=3
    ),
}


def scores(head, windows):
    if hasattr(head, "predict_proba"):
        return head.predict_proba(windows)[:, 1]
    return 1.0 / (1.0 + np.exp(-2.0 * head.decision_function(windows)))


def main():
    folder, dims = pathlib.Path(sys.argv[1]), int(sys.argv[2])

    def read(path):
        return np.fromfile(path, dtype="<f4").reshape(-1, dims)

    searched = {name: read(folder / f"{name}.f32") for name in ("a", "b")}
    for line in sys.stdin:
        question = json.loads(line)
        examples, labels = read(question["examples"]), np.fromfile(question["labels"], dtype=np.uint8)
        begun = time.perf_counter()
        head = make_pipeline(Normalizer(), StandardScaler(), HEADS[question["head"]]())
        head.fit(examples, labels)
        seconds = time.perf_counter() - begun
        answer = {"seconds": seconds}
        for name, windows in searched.items():
            path = folder / f"{name}.scores.f32"
            scores(head, windows).astype("<f4").tofile(path)
            answer[f"file_{name}"] = str(path)
        print(json.dumps(answer), flush=True)


main()
