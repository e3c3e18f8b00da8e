#!/usr/bin/env python3
"""Cut the head off Perch 2.0 and put it beside its description for Earmark.

Runs in a Python environment of your own with `pip install onnx onnxruntime`, with PERCH_V2.json beside it; Earmark itself
never needs Python:

    python perch.py perch_v2.onnx out/      # the converted model that you downloaded; docs/models.md says from where
    python perch.py --random out/           # a small network with random weights and the same inputs and outputs

and then `earmark models add out/PERCH_V2.json`. The head names 14,795 species and is nine tenths of the file; Earmark needs
the embedding before it. What is left is compared with the whole model before anything is described.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

try:
    import numpy
    import onnx
    import onnx.utils
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    sys.exit(f"{error}: pip install onnx onnxruntime")

DESCRIPTION = pathlib.Path(__file__).with_name("PERCH_V2.json")
INPUT, EMBEDDING, HEAD = "inputs", "embedding", "label"
SAMPLES, DIMS, SPECIES = 160_000, 1536, 14_795


def random_model():
    """A network with the inputs and outputs of Perch 2.0: the energy of random filters, and two random products."""
    dice = numpy.random.default_rng(1)
    weights = {
        "filters": 0.05 * dice.standard_normal((32, 1, 640)),
        "mix": 4.0 * dice.standard_normal((32, DIMS)),
        "species": 0.05 * dice.standard_normal((DIMS, SPECIES)),
    }
    constants = [numpy_helper.from_array(value.astype(numpy.float32), name) for name, value in weights.items()]
    constants.append(numpy_helper.from_array(numpy.array([1]), "channel"))
    constants.append(numpy_helper.from_array(numpy.array([2]), "time"))
    nodes = [
        helper.make_node("Unsqueeze", [INPUT, "channel"], ["sound"]),
        helper.make_node("Conv", ["sound", "filters"], ["bands"], strides=[320]),
        helper.make_node("Mul", ["bands", "bands"], ["power"]),
        helper.make_node("ReduceMean", ["power", "time"], ["energy"], keepdims=0),
        helper.make_node("MatMul", ["energy", "mix"], ["mixed"]),
        helper.make_node("Tanh", ["mixed"], [EMBEDDING]),
        helper.make_node("MatMul", [EMBEDDING, "species"], [HEAD]),
    ]
    tensor = helper.make_tensor_value_info
    inputs = [tensor(INPUT, TensorProto.FLOAT, ["batch", SAMPLES])]
    outputs = [tensor(name, TensorProto.FLOAT, ["batch", size]) for name, size in [(EMBEDDING, DIMS), (HEAD, SPECIES)]]
    graph = helper.make_graph(nodes, "random", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def expect_perch(path):
    """Refuses a model that has not the input and the outputs of Perch 2.0."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    shapes = {tensor.name: tensor.shape for tensor in [*session.get_inputs(), *session.get_outputs()]}
    for name, size in [(INPUT, SAMPLES), (EMBEDDING, DIMS)]:
        if shapes.get(name, [None])[-1] != size:
            sys.exit(f"{path} has no {name} of {size} values (it has {shapes}): it is another model than Perch 2.0")


def largest_difference(whole, cut):
    """Between the embeddings of both, alone and in a batch, as a share of the largest value."""
    sessions = [onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]) for path in (whole, cut)]
    dice = numpy.random.default_rng(2)
    worst = 0.0
    for batch in (1, 3):
        sound = (0.1 * dice.standard_normal((batch, SAMPLES))).astype(numpy.float32)
        a, b = (session.run([EMBEDDING], {INPUT: sound})[0] for session in sessions)
        worst = max(worst, float(numpy.abs(a - b).max() / max(1e-6, numpy.abs(a).max())))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path, nargs="?", help="perch_v2.onnx or perch_v2_no_dft.onnx")
    parser.add_argument("folder", type=pathlib.Path, help="where the model and its description go")
    parser.add_argument("--random", action="store_true", help="a small network with random weights instead")
    options = parser.parse_args()
    if options.random == (options.model is not None):
        parser.error("name the downloaded model, or give --random")

    options.folder.mkdir(parents=True, exist_ok=True)
    target = options.folder / "PERCH_V2.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        whole = options.model
        if options.random:
            whole = pathlib.Path(scratch) / "random.onnx"
            onnx.save(random_model(), whole)
        if not whole.is_file():
            sys.exit(f"{whole} is not there: docs/models.md says where to download it")
        expect_perch(whole)
        onnx.utils.extract_model(str(whole), str(target), [INPUT], [EMBEDDING])
        worst = largest_difference(whole, target)
    print(f"largest difference from the whole model: {worst:.1e} of the largest value")
    if worst > 1e-4:
        sys.exit("without its head the model gives other embeddings: try another version of onnx")
    description = options.folder / DESCRIPTION.name
    shutil.copyfile(DESCRIPTION, description)
    print(f"now run: earmark models add {description}")


if __name__ == "__main__":
    main()
