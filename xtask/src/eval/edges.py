"""Fits the boundary model by the edges that core/benches/evaluate wrote, and writes its weights as Rust.

Arguments: the file of edges, and the file to write. For each place that an edge could have, the network says how likely the edge is there.
It learns from all edges alike; how well it does is measured on classes that it did not learn from.
"""

import json
import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

# A place this near to the true edge counts as right, in seconds.
NEAR_S = 0.07
UNITS = 24
EPOCHS = 25
FOLDS = 9
# Values of a place; the others are of the edge as a whole.
LOCAL = 9


def read(path):
    with open(path, encoding="utf-8") as lines:
        edges = [json.loads(line) for line in lines]
    values = np.array([edge["values"] for edge in edges], np.float32)
    places = np.array([edge["places_s"] for edge in edges])
    true = np.array([edge["true_s"] for edge in edges])
    return edges, values, places, true


def fit(values, places, true):
    """Return weights for values that are not scaled: the scaling is part of the weights."""
    rows = values.reshape(-1, values.shape[-1])
    mean, deviation = rows.mean(0), rows.std(0) + 1e-6
    is_right = (np.abs(places - true[:, None]) <= NEAR_S).ravel()
    network = MLPClassifier(
        (UNITS,), alpha=0.1, max_iter=EPOCHS, learning_rate_init=3e-3, batch_size=512, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit((rows - mean) / deviation, is_right)
    hidden = network.coefs_[0] / deviation[:, None]
    bias = network.intercepts_[0] - mean @ hidden
    return hidden, bias, network.coefs_[1][:, 0], network.intercepts_[1][0]


def best(weights, values, places):
    """Choose a place as `Places::best` in core/src/scan/boundary does."""
    hidden, bias, output, output_bias = weights
    answer = np.maximum(values @ hidden + bias, 0) @ output + output_bias
    likely = (1 / (1 + np.exp(-answer))) ** 2
    reached = np.cumsum(likely, 1)
    median = (reached >= reached[:, -1:] / 2).argmax(1)
    return places[np.arange(len(places)), median]


def report(name, found, edges, true):
    both = 2 * np.abs(found - true)
    side = np.array([edge["side"] for edge in edges])
    is_clear = np.array([edge["is_clear"] for edge in edges])
    figures = [("A", side == "A"), ("B", side == "B"), ("clear", is_clear)]
    print(f"  {name:<24}" + "  ".join(f"{label} {both[of].mean():.3f}" for label, of in figures))


def rust(weights):
    hidden, bias, output, output_bias = weights
    number = lambda value: f"{value:.5}" if "." in f"{value:.5}" or "e" in f"{value:.5}" else f"{value:.5}.0"
    array = lambda numbers: "[" + ", ".join(number(one) for one in numbers) + "]"
    units = [
        f"    ({array(column[:LOCAL])}, {array(column[LOCAL:])}, {number(b)}, {number(o)}),"
        for column, b, o in zip(hidden.T, bias, output)
    ]
    return "\n".join(
        [
            "//! The weights of the boundary model. `cargo xtask eval --fit-edges` writes this file; do not edit it.",
            "",
            "use super::{LOCAL, SHARED};",
            "",
            "/// Of each hidden unit: what it makes of a place and of the flank, its bias, and how much it counts.",
            "pub(super) type Unit = ([f32; LOCAL], [f32; SHARED], f32, f32);",
            "",
            f"pub(super) const OUTPUT_BIAS: f32 = {number(output_bias)};",
            "",
            f"pub(super) static UNITS: [Unit; {UNITS}] = [",
            *units,
            "];",
            "",
        ]
    )


def main():
    edges, values, places, true = read(sys.argv[1])
    names = [edge["target"] for edge in edges]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    fold = np.array([numbers[name] % FOLDS for name in names])
    found = np.zeros(len(true))
    for held_out in range(FOLDS):
        of, others = fold == held_out, fold != held_out
        if of.any():
            weights = fit(values[others], places[others], true[others])
            found[of] = best(weights, values[of], places[of])
    print(f"Error of both edges in seconds, {len(edges)} edges, on classes that the network did not learn from:")
    report("by the scores", np.array([edge["by_scores_s"] for edge in edges]), edges, true)
    report("by the sound", found, edges, true)
    report("the best place", places[np.arange(len(true)), np.abs(places - true[:, None]).argmin(1)], edges, true)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(rust(fit(values, places, true)))


main()
