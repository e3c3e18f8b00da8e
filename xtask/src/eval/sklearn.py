"""Heads in Python, asked line by line by core/benches/evaluate: scikit-learn's, and the head that Earmark had before.

Each line of standard input is a question, each line of standard output its answer, both JSON.
"""

import functools
import json
import pathlib
import sys
import time

import numpy as np

# Where an example comes from, as core/benches/evaluate numbers it.
CLIP, CONFIRMED, MIXED, NEGATIVE_CLIP, HARD_NEGATIVE, BACKGROUND = range(6)
POSITIVE = [CLIP, CONFIRMED, MIXED]


class Before:
    """The head that Earmark had before, as it was: regularised least squares with a Gaussian kernel.

    It must not follow when Earmark's head changes. While both were the same head, their event average precision was the same
    to the last digit, on both files, for all 27 targets of the choosing set and after every round.
    """

    C = 0.5
    # By origin: a mark counts five times, a mixed copy 0.3 times.
    WEIGHTS = np.array([1.0, 5.0, 0.3, 1.0, 5.0, 1.0])
    MOST_OF_A_CLASS = 600
    BY_WORTH = [[CONFIRMED, CLIP, MIXED], [HARD_NEGATIVE, NEGATIVE_CLIP, BACKGROUND]]
    SMALLEST_DEVIATION = 1e-7
    # The decision where no example is near.
    FAR_FROM_ALL = -1.0

    def fit(self, raw, origins):
        chosen = self.choose(origins)
        raw, origins = raw[chosen], origins[chosen]
        unit = self.unit(raw)
        self.mean, deviation = unit.mean(axis=0), unit.std(axis=0)
        constant = deviation <= self.SMALLEST_DEVIATION
        self.scale = 1.0 / np.where(constant, 1.0, deviation)
        self.gamma = 0.5 / raw.shape[1]
        self.support = self.scaled(raw)
        positive = np.isin(origins, POSITIVE)
        of_class = np.where(positive, positive.sum(), (~positive).sum())
        # Both classes weigh the same in total.
        ridge = 2.0 * of_class / (len(origins) * self.C * self.WEIGHTS[origins])
        targets = np.where(positive, 1.0, -1.0) - self.FAR_FROM_ALL
        self.alphas = np.linalg.solve(self.kernel(self.support) + np.diag(ridge), targets)

    def decision_function(self, raw):
        return self.kernel(self.scaled(raw)) @ self.alphas + self.FAR_FROM_ALL

    def choose(self, origins):
        chosen = []
        for by_worth in self.BY_WORTH:
            room = self.MOST_OF_A_CLASS
            for origin in by_worth:
                of_origin = np.flatnonzero(origins == origin)
                taken = min(len(of_origin), room)
                room -= taken
                chosen.extend(of_origin[turn * len(of_origin) // taken] for turn in range(taken))
        return np.sort(np.array(chosen))

    @staticmethod
    def unit(raw):
        roots = np.sign(raw) * np.sqrt(np.abs(raw.astype(np.float64)))
        lengths = np.linalg.norm(roots, axis=1, keepdims=True)
        return roots / np.where(lengths > 0.0, lengths, 1.0)

    def scaled(self, raw):
        return (self.unit(raw) - self.mean) * self.scale

    def kernel(self, points):
        squares = (points**2).sum(axis=1)[:, None] + (self.support**2).sum(axis=1)[None, :]
        return np.exp(-self.gamma * np.maximum(squares - 2.0 * points @ self.support.T, 0.0))


class OfScikitLearn:
    """A head of scikit-learn, on vectors of unit length that are standardised. All examples of a class weigh alike."""

    def __init__(self, head):
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import Normalizer, StandardScaler

        self.head = make_pipeline(Normalizer(), StandardScaler(), head)
        self.predict_proba = self.head.predict_proba

    def fit(self, raw, origins):
        self.head.fit(raw, np.isin(origins, POSITIVE))


def logistic_regression():
    from sklearn.linear_model import LogisticRegression

    return OfScikitLearn(LogisticRegression(class_weight="balanced", max_iter=1000))


def hist_gradient_boosting():
    """What 8-cut uses, but for the number of bins: the usual 255 take eight times as long on a few hundred examples."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import HistGradientBoostingClassifier

    boosting = HistGradientBoostingClassifier(class_weight="balanced", max_bins=32, random_state=0)
    return OfScikitLearn(CalibratedClassifierCV(boosting, method="isotonic", cv=3))


HEADS = {
    "before": Before,
    "logistic_regression": logistic_regression,
    "hist_gradient_boosting": hist_gradient_boosting,
}


def scores(head, windows):
    if hasattr(head, "predict_proba"):
        return head.predict_proba(windows)[:, 1]
    return 1.0 / (1.0 + np.exp(-2.0 * head.decision_function(windows)))


def read(path, dims):
    return np.fromfile(path, dtype="<f4").reshape(-1, dims)


@functools.cache
def windows_of(path, dims):
    return read(path, dims)


def main():
    for line in sys.stdin:
        question = json.loads(line)
        folder, dims = pathlib.Path(question["windows"]), question["dims"]
        examples, origins = read(question["examples"], dims), np.fromfile(question["origins"], dtype=np.uint8)
        head = HEADS[question["head"]]()
        begun = time.perf_counter()
        head.fit(examples, origins)
        answer = {"seconds": time.perf_counter() - begun}
        for name in ("a", "b"):
            path = folder / f"{name}.scores.f32"
            scores(head, windows_of(folder / f"{name}.f32", dims)).astype("<f4").tofile(path)
            answer[f"file_{name}"] = str(path)
        print(json.dumps(answer), flush=True)


main()
