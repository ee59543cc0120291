"""Make ``chunk_workers/speakers/dvector.onnx`` of the weights in resemblyzer's package: needs numpy and onnx.

    pip download --no-deps resemblyzer==0.1.4
    python scripts/dvector_model.py Resemblyzer-0.1.4-py3-none-any.whl chunk_workers/speakers/dvector.onnx

The weights are stored in float16, half the size; the network computes in float32. The same wheel gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

WHEEL_SHA256: Final = "8f12eb2f1a9982d32e8db7856de754709b59c93a77bcf0ff536584b619a9dd1f"
WEIGHTS: Final = "resemblyzer/pretrained.pt"
LAYERS, CELLS, BANDS = 3, 256, 40

Array = NDArray[np.float32]


def main() -> None:
    wheel, target = map(Path, sys.argv[1:])
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        sys.exit("dvector_model: this is not the wheel of resemblyzer 0.1.4")
    with zipfile.ZipFile(wheel) as package:
        weights = read_weights(package.read(WEIGHTS))
    target.write_bytes(network(weights).SerializeToString(deterministic=True))


class _Weights(pickle.Unpickler):
    """Reads PyTorch's file format of before 1.6, and refuses everything in it that is no tensor of floats."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, int] = {}

    def persistent_load(self, pid: Any) -> tuple[str, int]:
        kind, _, key, _, size, _ = pid
        self.storages[key] = size if kind == "floats" else 0
        return key, size

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch", "FloatStorage"): "floats",
            ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, shape, *_: (storage[0], offset, shape),
        }
        try:
            return known[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights") from None


def read_weights(pretrained: bytes) -> dict[str, Array]:
    """The tensors of the model by name, of a file with four pickles, a list of storages and their bytes."""
    file = io.BytesIO(pretrained)
    for _ in range(3):  # a magic number, a version, the machine's byte order
        _Weights(file).load()
    reader = _Weights(file)
    state = reader.load()["model_state"]
    stored: dict[str, Array] = {}
    for key in _Weights(file).load():
        count = int.from_bytes(file.read(8), "little")
        stored[key] = np.frombuffer(file.read(4 * count), dtype="<f4")
    return {
        name: stored[key][offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (key, offset, shape) in state.items()
    }


def network(weights: dict[str, Array]) -> onnx.ModelProto:
    """Input "spectra" (frames, pieces, BANDS), output "voices" (pieces, CELLS), not yet of unit length."""
    constants: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def constant(name: str, values: Array) -> str:
        constants.append(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        nodes.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
        return name

    constants.append(numpy_helper.from_array(np.array([0], dtype=np.int64), "first"))
    constants.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "direction"))
    heard = "spectra"
    for layer in range(LAYERS):
        inputs = constant(f"inputs{layer}", _gates(weights[f"lstm.weight_ih_l{layer}"])[None])
        recurrent = constant(f"recurrent{layer}", _gates(weights[f"lstm.weight_hh_l{layer}"])[None])
        biases = [_gates(weights[f"lstm.bias_{which}_l{layer}"]) for which in ("ih", "hh")]
        bias = constant(f"bias{layer}", np.concatenate(biases)[None])
        outputs = [f"sequence{layer}", f"last{layer}"]
        nodes.append(helper.make_node("LSTM", [heard, inputs, recurrent, bias], outputs, hidden_size=CELLS))
        heard = f"heard{layer}"
        nodes.append(helper.make_node("Squeeze", [outputs[0], "direction"], [heard]))
    dense = constant("dense", weights["linear.weight"].T)
    offset = constant("offset", weights["linear.bias"])
    nodes.append(helper.make_node("Squeeze", [f"last{LAYERS - 1}", "first"], ["last"]))
    nodes.append(helper.make_node("MatMul", ["last", dense], ["product"]))
    nodes.append(helper.make_node("Add", ["product", offset], ["sum"]))
    nodes.append(helper.make_node("Relu", ["sum"], ["voices"]))
    graph = helper.make_graph(
        nodes,
        "dvector",
        [helper.make_tensor_value_info("spectra", TensorProto.FLOAT, ["frames", "pieces", BANDS])],
        [helper.make_tensor_value_info("voices", TensorProto.FLOAT, ["pieces", CELLS])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def _gates(rows: Array) -> Array:
    """PyTorch keeps a cell's gates as input, forget, cell, output; ONNX as input, output, forget, cell."""
    entry, forget, cell, output = np.split(rows, 4)
    return np.concatenate([entry, output, forget, cell])


if __name__ == "__main__":
    main()
