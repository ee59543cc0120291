"""Speakers as pyannote.audio finds them, from a pipeline's local folder, while the session still runs.

pyannote slides a window of 10 s over the whole recording, a second at a time. For each position one network tells who
speaks when and another how each of them sounds; then all of it is clustered and put together. Here the networks run
block by block (``slides``), by the pipeline's own methods, and the rest once at the end (``speakers``), by the
pipeline itself, which is handed what it would have computed. So the result is that of the pipeline on the joined audio.

The library and its weights do not come with Hearken: H. Bredin, "pyannote.audio 2.1 speaker diarization pipeline",
Interspeech 2023. Model files are pickles, which run code when they are read: only such as are trusted belong here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.diarization import Speakers
from chunk_workers.speakers.embedding import unit
from chunk_workers.speakers.slides import Grid, Slides
from session_core.decoding.pcm import SAMPLE_RATE
from session_core.errors import EngineUnavailable
from session_core.turn import Turn

if TYPE_CHECKING:
    from pyannote.audio.pipelines import SpeakerDiarization
    from pyannote.core import SlidingWindowFeature

_CONFIG: Final = "config.yaml"
_WEIGHTS: Final = frozenset({".yaml", ".bin", ".ckpt", ".npz", ".onnx", ".safetensors"})
_URI: Final = "session"


class PyannoteDiarizer:
    """One thread at a time. ``name`` holds a digest of the folder: what different weights made is never compared."""

    def __init__(self, folder: Path, *, label: str, device: str, threads: int) -> None:
        """``folder`` holds a pipeline's config.yaml. ``label`` names it for people. ``device``: "auto", "cpu", "cuda".

        Raises :class:`EngineUnavailable` where a file is missing or damaged, or the pipeline is of another kind.
        """
        if not (folder / _CONFIG).is_file():
            raise EngineUnavailable(
                f"the folder that `diarizer_model` names lacks {_CONFIG}: name the folder of a pyannote.audio pipeline"
            )
        self._pipeline = _loaded(folder, device, threads)
        self._inference: Any = self._pipeline._segmentation
        self._powerset: bool = self._inference.model.specifications.powerset
        self.grid = _grid(self._inference)
        self.name = f"pyannote.audio {_version()} {label} {_digest(folder)}"

    def slides(self, pcm: NDArray[np.int16]) -> Slides:
        """Of a block's audio, 16 kHz mono; as many as ``grid.slides`` of its length."""
        import torch

        samples = torch.from_numpy(pcm.astype(np.float32) / np.float32(32768.0))
        audio = {"waveform": samples[None], "sample_rate": SAMPLE_RATE, "uri": _URI}
        with _quiet():
            activity = self._pipeline.get_segmentations(audio)
            embeddings = self._pipeline.get_embeddings(
                audio, self._binary(activity), exclude_overlap=self._pipeline.embedding_exclude_overlap
            )
        return Slides(activity.data, embeddings)

    def speakers(self, blocks: Sequence[Slides], count: int | None) -> Speakers:
        """Who speaks when, from all blocks of a session in order. Turns of different speakers may overlap.

        ``count``: how many speakers there are, where somebody knows.
        """
        output = self._pipeline_output(Slides.joined(blocks), count)
        found = sorted(
            (round(segment.start * 1000), round(segment.end * 1000), label)
            for segment, _, label in output.speaker_diarization.itertracks(yield_label=True)
        )
        number = {label: at for at, label in enumerate(dict.fromkeys(label for _, _, label in found))}
        rows = {label: row for row, label in enumerate(output.speaker_diarization.labels())}
        voices = np.nan_to_num(output.speaker_embeddings[[rows[label] for label in number]].astype(np.float32))
        return Speakers(tuple(Turn(start, end, number[label]) for start, end, label in found), unit(voices))

    def _pipeline_output(self, slides: Slides, count: int | None) -> Any:
        """The pipeline as it runs over a file whose slides it knows: its optimiser of parameters needs the same."""
        from pyannote.core import SlidingWindow, SlidingWindowFeature

        window = SlidingWindow(start=0.0, duration=self._inference.duration, step=self._inference.step)
        known: dict[str, Any] = {"embeddings": slides.embeddings}
        if not self._powerset:
            known["segmentation.threshold"] = self._pipeline.segmentation.threshold
        audio = {
            "uri": _URI,
            self._pipeline.CACHED_SEGMENTATION: SlidingWindowFeature(slides.activity, window),
            "training_cache/embeddings": known,
        }
        self._pipeline.training = True
        try:
            with _quiet():
                return self._pipeline.apply(audio, num_speakers=count)
        finally:
            self._pipeline.training = False

    def _binary(self, activity: SlidingWindowFeature) -> SlidingWindowFeature:
        if self._powerset:
            return activity
        from pyannote.audio.utils.signal import binarize

        return binarize(activity, onset=self._pipeline.segmentation.threshold, initial_state=False)


def is_installed() -> bool:
    """Whether the package is here; nothing of it is imported."""
    try:
        return importlib.util.find_spec("pyannote.audio") is not None
    except ModuleNotFoundError:
        return False


def _loaded(folder: Path, device: str, threads: int) -> SpeakerDiarization:
    # It tells its makers what it runs on, unless it is told not to before it is imported.
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    with _quiet():
        import torch
        from pyannote.audio import Pipeline
        from pyannote.audio.pipelines import SpeakerDiarization

        torch.set_num_threads(threads)
        try:
            pipeline = Pipeline.from_pretrained(folder)
            if isinstance(pipeline, SpeakerDiarization) and not pipeline.instantiated:
                pipeline.instantiate(pipeline.default_parameters())
        except Exception as error:  # the library, torch, the hub's client and yaml raise errors of their own
            raise EngineUnavailable(
                f"the pyannote.audio pipeline cannot be loaded ({type(error).__name__}): a file of it is missing, "
                "damaged or of another version, or its config.yaml names a model on the hub that is not on this machine"
            ) from error
        if not isinstance(pipeline, SpeakerDiarization):
            raise EngineUnavailable("the pipeline that `diarizer_model` names is none that tells speakers apart")
        if pipeline.clustering.expects_num_clusters:
            raise EngineUnavailable("the pipeline's clustering must be told the number of speakers; name another one")
        pipeline.legacy = False
        pipeline.to(torch.device(_device(device, torch.cuda.is_available())))
    return pipeline


def _device(asked: str, has_gpu: bool) -> str:
    if asked == "cuda" and not has_gpu:
        raise EngineUnavailable('no GPU that PyTorch can use was found: install its driver, or set `device` to "cpu"')
    return "cuda" if has_gpu and asked != "cpu" else "cpu"


def _grid(inference: Any) -> Grid:
    """Blocks are cut where windows begin, so that must be at whole samples; with every published model it is."""
    step = inference.step * SAMPLE_RATE
    if inference.model.audio.sample_rate != SAMPLE_RATE or not float(step).is_integer():
        raise EngineUnavailable("the pipeline's windows do not move by whole samples at 16 kHz")
    return Grid(inference.model.audio.get_num_samples(inference.duration), int(step))


def _digest(folder: Path) -> str:
    """Of the pipeline's parameters and of the weights that lie beside them."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in _WEIGHTS and path.is_file():
            digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as opened:
                while piece := opened.read(1 << 20):
                    digest.update(piece)
    return digest.hexdigest()[:12]


def _version() -> str:
    from pyannote.audio import __version__

    return str(__version__)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's warnings, which are meant for whoever trains models."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
