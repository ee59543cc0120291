"""The folder of a Whisper model: whether it holds one, told without loading it."""

from __future__ import annotations

import json
import operator
import os
from pathlib import Path
from typing import Any, Final

from chunk_workers.engines.model_file import DamagedModelFile, read_model_file
from session_core.errors import EngineUnavailable

PATTERNS: Final = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*")
"""The files of a repository that belong to the model; the same that faster-whisper takes."""

_KIND: Final = "WhisperSpec"
_CONTROLS: Final = ("<|endoftext|>", "<|startoftranscript|>", "<|transcribe|>", "<|startofprev|>", "<|notimestamps|>")
_MEND: Final = "fetch the model again (`hearken models pull NAME`), or copy its whole folder again"
_UNCONVERTED: Final = ("*.safetensors", "pytorch_model*.bin", "*.pt", "ggml-*.bin", "*.gguf")
"""Weights in other formats: of transformers, OpenAI's own, whisper.cpp's. Whisper is published in these as well."""
_NO_CONFIG: Final = (
    "the Whisper model's config.json is not CTranslate2's, which says alignment_heads and lang_ids: copy it from the "
    "model's page in CTranslate2's format"
)


def missing_files(folder: Path) -> list[str]:
    """What a folder lacks of a model that runs without the network; empty where it is complete.

    ``preprocessor_config.json`` is not in the list: models of 80 mel bands are published without it.
    """
    missing = [name for name in ("config.json", "model.bin", "tokenizer.json") if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in ("vocabulary.json", "vocabulary.txt")):
        missing.append("vocabulary.json")
    return missing


def check_folder(folder: Path) -> None:
    """Raises ``EngineUnavailable`` where a file is missing, damaged or unreadable, or belongs to another model."""
    try:
        _check_folder(folder)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else type(error).__name__
        raise EngineUnavailable(
            f"the Whisper model's files cannot be read ({why}): let the user read them whom the worker runs as"
        ) from error


def _check_folder(folder: Path) -> None:
    shapes = _shapes(folder / "model.bin") if (folder / "model.bin").is_file() else {}
    missing = missing_files(folder)
    if "model.bin" in missing and any(any(folder.glob(each)) for each in _UNCONVERTED):
        raise EngineUnavailable(
            "the model folder holds weights of another format than CTranslate2's: `hearken models pull NAME` fetches a "
            "Whisper model in that format, or copy the folder of one"
        )
    if any((folder / name).is_symlink() for name in missing):
        raise EngineUnavailable(
            f"the Whisper model folder lacks what its links lead to, {', '.join(missing)}: fetch the model again "
            "(`hearken models pull NAME`), or copy its folder again with the files themselves (`cp -rL`)"
        )
    if missing:
        raise EngineUnavailable(f"the Whisper model folder lacks {', '.join(missing)}: {_MEND}")
    if (folder / "preprocessor_config.json").is_file():
        _object(folder / "preprocessor_config.json")
    tokens = _vocabulary(folder)
    if shapes.get("decoder/embeddings/weight", ())[:1] != (len(tokens),):
        raise EngineUnavailable(f"the Whisper model's vocabulary is that of another model: {_MEND}")
    places = _places(folder / "tokenizer.json")
    if any(tokens[places.get(each, len(tokens)) :][:1] != [each] for each in _CONTROLS):
        raise EngineUnavailable(f"the Whisper model's tokenizer.json is that of another model: {_MEND}")
    _check_config(_object(folder / "config.json"), tokens, shapes)


def _check_config(config: dict[str, Any], tokens: list[str], shapes: dict[str, tuple[int, ...]]) -> None:
    """Without the heads CTranslate2 gives no word a time, without the languages it recognises none; numbers beyond the
    model's end the process. What it is to suppress may be left out."""
    layers = {name.split("/")[1] for name in shapes if name.startswith("decoder/layer_")}
    # The empty string before it is by what CTranslate2 knows a multilingual model; of others it asks no language.
    multilingual = tokens[tokens.index("<|endoftext|>") - 1] == ""
    try:
        heads = [(operator.index(layer), operator.index(head)) for layer, head in config["alignment_heads"]]
        languages = [operator.index(each) for each in config["lang_ids"]] if multilingual else [0]
    except (KeyError, TypeError, ValueError) as error:
        raise EngineUnavailable(_NO_CONFIG) from error
    if not heads or not languages:
        raise EngineUnavailable(_NO_CONFIG)
    if any(f"layer_{layer}" not in layers or head < 0 for layer, head in heads) or not all(
        0 <= each < len(tokens) for each in languages
    ):
        raise EngineUnavailable(f"the Whisper model's config.json is that of another model: {_MEND}")


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        model = read_model_file(path)
    except DamagedModelFile as error:
        raise EngineUnavailable(
            f"the Whisper model's model.bin is damaged or no file of CTranslate2: {_MEND}"
        ) from error
    if model.kind != _KIND:
        raise EngineUnavailable(
            "the model folder holds another kind of CTranslate2 model, not Whisper: set HEARKEN_WHISPER_MODEL to a "
            "Whisper model, such as small"
        )
    return model.shapes


def _places(path: Path) -> dict[str, int]:
    """The number of each control token that the tokenizer has."""
    tokenizer = _object(path)
    try:
        known = {**tokenizer["model"]["vocab"], **{each["content"]: each["id"] for each in tokenizer["added_tokens"]}}
        return {each: operator.index(known[each]) for each in _CONTROLS if each in known}
    except (KeyError, TypeError) as error:
        raise _damaged(path) from error


def _vocabulary(folder: Path) -> list[str]:
    """Tokens in the order of their numbers."""
    path = folder / "vocabulary.json"
    if not path.is_file():
        path = folder / "vocabulary.txt"
        try:
            # Not by splitlines: some tokens hold what Python takes for the end of a line.
            return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        except UnicodeDecodeError as error:
            raise _damaged(path) from error
    tokens = _parsed(path)
    if not isinstance(tokens, list):
        raise _damaged(path)
    return tokens


def _object(path: Path) -> dict[str, Any]:
    parsed = _parsed(path)
    if not isinstance(parsed, dict):
        raise _damaged(path)
    return parsed


def _parsed(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> EngineUnavailable:
    return EngineUnavailable(f"the Whisper model's {path.name} is damaged: {_MEND}")
