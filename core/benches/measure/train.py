"""Fits scikit-learn's heads to examples.f32 and labels.u8, once for each line of standard input, which names the head.

Arguments: folder, dimensions. Answers each line with one when the head is fitted.
"""

import pathlib
import sys

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import SVC

HEADS = {
    "support_vector_machine": lambda: CalibratedClassifierCV(
        SVC(C=1.0, gamma="auto", class_weight="balanced"), method="sigmoid", cv=5, ensemble=False
    ),
    "hist_gradient_boosting": lambda: CalibratedClassifierCV(
        HistGradientBoostingClassifier(class_weight="balanced", random_state=0), method="isotonic", cv=3
    ),
}

folder, dims = pathlib.Path(sys.argv[1]), int(sys.argv[2])
examples = np.fromfile(folder / "examples.f32", dtype="<f4").reshape(-1, dims)
labels = np.fromfile(folder / "labels.u8", dtype=np.uint8)
for line in sys.stdin:
    make_pipeline(Normalizer(), StandardScaler(), HEADS[line.strip()]()).fit(examples, labels)
    print("fitted", flush=True)
