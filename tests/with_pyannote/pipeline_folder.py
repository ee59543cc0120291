"""Folders of pyannote.audio pipelines whose networks are real but never learned anything.

The published weights may not be handed on. These have random ones of a fixed seed, brought into a range in which they
tell different sounds apart: what they say of voices means nothing, but it hangs on every sample as it does in earnest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from pyannote.audio import Model
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.embedding import WeSpeakerResNet34, XVectorMFCC
from pyannote.audio.models.segmentation import PyanNet

VOICES = ("one", "two", "three")
_SEED = 4
_STEEP = 4.0


def write_powerset_folder(folder: Path, audio: NDArray[np.int16]) -> Path:
    """Built as pyannote's community-1: powerset segmentation, WeSpeaker, PLDA and VBx. ``audio`` sets the ranges."""
    pipeline = {
        "clustering": "VBxClustering",
        "segmentation_batch_size": 32,
        "embedding_batch_size": 32,
        "embedding_exclude_overlap": True,
    }
    params = {"segmentation": {"min_duration_off": 0.0}, "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8}}
    segmentation = _segmentation(Problem.MONO_LABEL_CLASSIFICATION, powerset_max_classes=2)
    embedding = WeSpeakerResNet34()
    return _write(folder, pipeline, params, _ranged(segmentation, audio), _centred(embedding, audio, "resnet.seg_1"))


def write_multilabel_folder(folder: Path, audio: NDArray[np.int16], batch: int = 1) -> Path:
    """Built as pyannote's pipelines before there was a powerset: scores, a threshold, agglomerative clustering."""
    pipeline = {
        "clustering": "AgglomerativeClustering",
        "segmentation_batch_size": batch,
        "embedding_batch_size": batch,
        "embedding_exclude_overlap": False,
    }
    params = {
        "segmentation": {"threshold": 0.6, "min_duration_off": 0.1},
        "clustering": {"method": "centroid", "min_cluster_size": 3, "threshold": 1.0},
    }
    segmentation = _segmentation(Problem.MULTI_LABEL_CLASSIFICATION)
    return _write(folder, pipeline, params, _ranged(segmentation, audio), _centred(XVectorMFCC(), audio, "embedding"))


def _segmentation(problem: Problem, **more: Any) -> Model:
    torch.manual_seed(_SEED)
    model = PyanNet(lstm={"hidden_size": 16, "num_layers": 1}, linear={"hidden_size": 16, "num_layers": 1})
    model.specifications = Specifications(
        problem=problem,
        resolution=Resolution.FRAME,
        duration=10.0,
        classes=list(VOICES),
        permutation_invariant=True,
        **more,
    )
    model.setup()
    return model.eval()


def _ranged(model: Model, audio: NDArray[np.int16]) -> Model:
    """Each output is as often above its mean as below, and steep."""
    heard: list[torch.Tensor] = []
    hook = model.classifier.register_forward_pre_hook(lambda _module, given: heard.append(given[0]))
    with torch.inference_mode():
        model(_windows(audio))
    hook.remove()
    features = torch.cat([each.flatten(0, 1) for each in heard])
    with torch.no_grad():
        weight = torch.randn_like(model.classifier.weight) * _STEEP / features.std(dim=0).clamp(min=1e-4)
        model.classifier.weight.copy_(weight)
        model.classifier.bias.copy_(-(weight @ features.mean(dim=0)))
    return model


def _centred(model: Model, audio: NDArray[np.int16], last: str) -> Model:
    """Embeddings lie around nothing, so that their angles differ."""
    model.specifications = Specifications(Problem.REPRESENTATION, Resolution.CHUNK, duration=10.0)
    model.eval()
    with torch.inference_mode():
        mean = model(_windows(audio)).mean(dim=0)
    with torch.no_grad():
        model.get_submodule(last).bias.sub_(mean)
    return model


def _windows(audio: NDArray[np.int16]) -> torch.Tensor:
    samples = torch.from_numpy(audio.astype(np.float32) / 32768)
    return samples.unfold(0, 160_000, 80_000)[:, None].contiguous()


def _write(
    folder: Path, pipeline: dict[str, Any], params: dict[str, Any], segmentation: Model, embedding: Model
) -> Path:
    for name, model in (("segmentation", segmentation), ("embedding", embedding)):
        (folder / name).mkdir(parents=True)
        checkpoint = {
            "state_dict": model.state_dict(),
            "hyper_parameters": dict(model.hparams),
            "pytorch-lightning_version": lightning.__version__,
        }
        model.on_save_checkpoint(checkpoint)
        torch.save(checkpoint, folder / name / "pytorch_model.bin")
    _write_plda(folder / "plda", embedding.dimension)
    parts = {name: f"$model/{name}" for name in ("segmentation", "embedding", "plda")}
    config = {
        "pipeline": {"name": "pyannote.audio.pipelines.SpeakerDiarization", "params": parts | pipeline},
        "params": params,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def _write_plda(folder: Path, size: int, kept: int = 128) -> None:
    chance = np.random.default_rng(_SEED)
    folder.mkdir()
    lda = np.linalg.qr(chance.normal(size=(size, kept)))[0]
    np.savez(folder / "xvec_transform.npz", mean1=np.zeros(size), mean2=np.zeros(kept), lda=lda)
    spread = np.sort(chance.uniform(0.5, 5.0, kept))[::-1]
    np.savez(folder / "plda.npz", mu=np.zeros(kept), tr=np.eye(kept), psi=spread)
