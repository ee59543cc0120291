"""What is wrong with the folder of a model is said before it is loaded, and what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ctranslate2.specs import TransformerSpec
from ctranslate2.specs.model_spec import visit_spec

from chunk_workers.engines.whisper_folder import check_folder
from session_core.errors import EngineUnavailable
from tests import whisper_folder
from tests.whisper_folder import write_whisper_folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_whisper_folder(tmp_path_factory.mktemp("published"))


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return shutil.copytree(published, tmp_path / "model")


def refusal(folder: Path) -> str:
    with pytest.raises(EngineUnavailable) as refused:
        check_folder(folder)
    return refused.value.message


def write_translator(folder: Path) -> None:
    """A CTranslate2 model that translates text, with weights of zeros."""
    spec = TransformerSpec.from_config(1, 2)

    def fill(layer: Any, name: str, value: object) -> None:
        if value is None:
            setattr(layer, name.rpartition("/")[2], np.zeros((2, 2), dtype=np.float32))

    visit_spec(spec, fill)
    for register in (spec.register_source_vocabulary, spec.register_target_vocabulary):
        register(["<s>", "</s>"])
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))


def test_a_whole_model_is_taken(folder: Path) -> None:
    check_folder(folder)


def test_a_model_that_translates_is_no_whisper(tmp_path: Path) -> None:
    write_translator(tmp_path)
    assert refusal(tmp_path) == (
        "the model folder holds another kind of CTranslate2 model, not Whisper: set HEARKEN_WHISPER_MODEL to a "
        "Whisper model, such as small"
    )


@pytest.mark.parametrize(
    "weights",
    ["model.safetensors", "model-00001-of-00002.safetensors", "pytorch_model.bin", "small.pt", "ggml-small.bin"],
)
def test_weights_that_were_not_converted_are_told_from_files_that_are_missing(weights: str, folder: Path) -> None:
    """They are complete, and copied again they would be refused again."""
    (folder / "model.bin").rename(folder / weights)
    (folder / "vocabulary.json").unlink()
    assert refusal(folder) == (
        "the model folder holds weights of another format than CTranslate2's: `hearken models pull NAME` fetches a "
        "Whisper model in that format, or copy the folder of one"
    )


def test_a_folder_that_was_copied_out_of_the_hubs_cache_without_the_files_is_told(folder: Path) -> None:
    """There each file is a link."""
    for name in ("model.bin", "tokenizer.json"):
        (folder / name).unlink()
        (folder / name).symlink_to(f"../../blobs/{name}")
    said = refusal(folder)
    assert "lacks what its links lead to, model.bin, tokenizer.json: " in said
    assert "with the files themselves (`cp -rL`)" in said


def test_a_file_that_cannot_be_read_is_told(folder: Path) -> None:
    (folder / "model.bin").unlink()
    (folder / "model.bin").symlink_to("/proc/self/mem")
    assert refusal(folder).startswith("the Whisper model's files cannot be read (Input/output error): let the user")


@pytest.mark.parametrize("kept", [0, 3, 40, 0.5, -4, -1])
def test_a_model_that_is_cut_off_is_damaged_wherever_it_ends(kept: float, folder: Path) -> None:
    path = folder / "model.bin"
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if 0 < kept < 1 else int(kept)])
    assert "model.bin is damaged" in refusal(folder)


def test_a_model_that_goes_on_behind_its_end_is_damaged(folder: Path) -> None:
    with (folder / "model.bin").open("ab") as file:
        file.write(b"\0")
    assert "model.bin is damaged" in refusal(folder)


@pytest.mark.parametrize("name", ["tokenizer.json", "vocabulary.json"])
def test_a_file_of_another_whisper_model_is_told(
    name: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models of other languages number what directs the decoder otherwise."""
    monkeypatch.setattr(whisper_folder, "LANGUAGES", ("en", "de", "fr", "nl"))
    shutil.copy(write_whisper_folder(tmp_path / "other") / name, folder / name)
    assert f"{name.split('.')[0]}" in refusal(folder)
    assert "is that of another model: fetch the model again (`hearken models pull NAME`)" in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.json"])
@pytest.mark.parametrize("content", [b"", b"[", b"[" * 100_000, b"<html>", b"1", b"\xff"])
def test_a_file_that_is_not_what_its_name_says_is_damaged(name: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes(content)
    assert f"{name} is damaged" in refusal(folder)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"model": []},
        {"model": {"type": "Unigram", "vocab": [["a", 0.0]]}},
        {"added_tokens": None},
        {"added_tokens": [1]},
        {"added_tokens": [{"content": "<|endoftext|>", "id": "x"}]},
    ],
)
def test_a_tokenizer_of_another_kind_is_damaged(told: dict[str, Any], folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | told if told else {}))
    assert "tokenizer.json is damaged" in refusal(folder)


def reconfigure(folder: Path, **said: object) -> None:
    """None leaves a field out."""
    path = folder / "config.json"
    config = json.loads(path.read_bytes()) | said
    path.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


@pytest.mark.parametrize(
    "said",
    [
        {"alignment_heads": None},
        {"alignment_heads": []},
        {"alignment_heads": "all"},
        {"alignment_heads": [1]},
        {"lang_ids": None},
        {"lang_ids": []},
        {"lang_ids": ["en"]},
        {"model_type": "whisper", "decoder_layers": 2, "alignment_heads": None, "lang_ids": None},
    ],
)
def test_a_config_that_does_not_say_what_ctranslate2_needs_is_refused(said: dict[str, object], folder: Path) -> None:
    reconfigure(folder, **said)
    assert "config.json is not CTranslate2's" in refusal(folder)
    assert refusal(folder).endswith("copy it from the model's page in CTranslate2's format")


@pytest.mark.parametrize("said", [{"alignment_heads": [[2, 0]]}, {"alignment_heads": [[0, -1]]}, {"lang_ids": [9999]}])
def test_the_config_of_a_larger_model_is_told(said: dict[str, object], folder: Path) -> None:
    reconfigure(folder, **said)
    assert "config.json is that of another model" in refusal(folder)


def test_a_config_need_not_say_what_is_suppressed(folder: Path) -> None:
    reconfigure(folder, suppress_ids=None, suppress_ids_begin=None)
    check_folder(folder)


def test_a_model_of_one_language_needs_no_languages(folder: Path) -> None:
    path = folder / "vocabulary.json"
    path.write_text(path.read_text().replace('""', '"ex"'))
    reconfigure(folder, lang_ids=None)
    check_folder(folder)


def test_a_list_of_tokens_that_is_no_text_is_damaged(folder: Path) -> None:
    (folder / "vocabulary.json").unlink()
    (folder / "vocabulary.txt").write_bytes(b"\xff\n")
    assert "vocabulary.txt is damaged" in refusal(folder)
