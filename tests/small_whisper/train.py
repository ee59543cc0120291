"""Train the small model. Needs torch (2.13, CPU) beside what the project needs, and flite."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed
import torch.multiprocessing
from torch.nn import functional

from tests.small_whisper.export import write_folder
from tests.small_whisper.model import (
    CONTEXT,
    FRAMES,
    Geometry,
    Weights,
    decode,
    embeddings,
    encode,
    new_weights,
    sinusoids,
)
from tests.small_whisper.sentences import PAIRS, lexicon, trained
from tests.small_whisper.tokens import Tokens, tokens_of
from tests.small_whisper.voices import PHONES, utterances
from tests.small_whisper.windows import UNCOUNTED, Composer, Window, backgrounds

SEED, RANKS, STEPS, RATE = 1, 2, 4000, 3e-3
STATE = "state.pt"
GUIDED = (0, 1)
"""Cross-attention heads that are shown where words are said: in the first decoder layer the word that was given, in
the second the word that is wanted. The latter and the third layer's are the alignment heads: better than any fewer."""


def batch_of(windows: list[Window], seconds: float, tokens: Tokens) -> dict[str, torch.Tensor]:
    """The windows side by side, filled up with zeros as Whisper fills up its 30 seconds.

    Few different sizes of batches: for each, the kernels of the matrix products are made anew.
    """
    frames = round(50 * seconds) + 4
    length = -(-max(len(w.given) for w in windows) // 32) * 32
    mel = np.zeros((len(windows), 80, 2 * frames), np.float32)
    phones = np.full((len(windows), frames), UNCOUNTED)
    given = np.full((len(windows), length), tokens["endoftext"])
    wanted = np.full((len(windows), length), UNCOUNTED)
    spans = np.zeros((len(windows), length, 2), np.float32)
    for i, w in enumerate(windows):
        mel[i, :, : len(w.mel)] = w.mel.T
        phones[i, : len(w.phones)] = w.phones
        given[i, : len(w.given)], wanted[i, : len(w.wanted)], spans[i, : len(w.spans)] = w.given, w.wanted, w.spans
    parts = {"mel": mel, "phones": phones, "given": given, "wanted": wanted, "spans": spans}
    return {name: torch.from_numpy(part) for name, part in parts.items()}


def losses(weights: Weights, shape: Geometry, batch: dict[str, torch.Tensor], first: int) -> list[torch.Tensor]:
    """Cross-entropy of tokens; of the phones heard in each frame; and what watched attention puts beside the words."""
    frames, bias = encode(weights, shape, batch["mel"], first)
    logits, logs = decode(weights, shape, batch["given"], frames, bias, 2)
    said = functional.cross_entropy(logits.float().flatten(0, 1), batch["wanted"].flatten(), ignore_index=UNCOUNTED)
    count = batch["phones"].shape[1]
    sounds = functional.linear(frames[:, :count], weights["phones.weight"], weights["phones.bias"])
    heard = functional.cross_entropy(sounds.float().flatten(0, 1), batch["phones"].flatten(), ignore_index=UNCOUNTED)
    given = functional.pad(batch["spans"], (0, 0, 1, 0))[:, :-1]
    return [said, heard, _beside(logs[0], given, count) + _beside(logs[1], batch["spans"], count)]


def _beside(logs: torch.Tensor, spans: torch.Tensor, count: int) -> torch.Tensor:
    """Minus the mean log of what the guided heads put on the ``spans`` of the words, in seconds; (batch, length, 2)."""
    begin, end = (50 * spans).unbind(2)
    at = torch.arange(logs.shape[3])
    inside = (at >= begin.floor()[..., None]) & (at < end.ceil()[..., None]) & (at < count)
    asked = end > 0
    mass = torch.where(inside[:, None], logs[:, list(GUIDED)], -20.0).logsumexp(3)
    return -(mass * asked[:, None]).sum() / (asked.sum() * len(GUIDED)).clamp(min=1)


def optimizers(weights: Weights) -> list[torch.optim.Optimizer]:
    """Muon for the matrices within the layers, AdamW for everything else."""
    matrices = [w for name, w in weights.items() if w.dim() == 2 and name.startswith(("encoder", "decoder"))]
    others = [w for name, w in weights.items() if not (w.dim() == 2 and name.startswith(("encoder", "decoder")))]
    muon = torch.optim.Muon(matrices, lr=RATE, weight_decay=0.02, adjust_lr_fn="match_rms_adamw")
    return [muon, torch.optim.AdamW(others, lr=RATE, betas=(0.9, 0.98), weight_decay=0.0)]


def pace(step: int, steps: int) -> float:
    """Share of the learning rate: warm up, keep, go down to nothing over the last third."""
    return min((step + 1) / 100, 1.0, 3 * (1 - step / steps) + 0.01)


def lengths(step: int, steps: int, random: np.random.Generator) -> tuple[float, int, bool]:
    """Longest seconds of a step's windows, how many there are, and whether they are put somewhere in the 30 seconds."""
    shares = [0.75, 0.2, 0.05, 0.0] if step < 0.4 * steps else [0.35, 0.35, 0.2, 0.1]
    seconds, count = ((4.0, 12), (9.0, 5), (16.0, 3), (28.0, 2))[random.choice(4, p=shares)]
    return seconds, count, bool(random.random() < (0.6 if step < 0.8 * steps else 0.1))


def learn(rank: int, work: Path, steps: int) -> None:
    """One of ``RANKS`` processes that learn side by side, each from windows of its own."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    torch.distributed.init_process_group("gloo", init_method=f"file://{work}/meet", rank=rank, world_size=RANKS)
    tokens = tokens_of(lexicon())
    composer = Composer(utterances(trained(), SEED, work / "cache"), tokens, hints(), backgrounds(SEED))
    shape = geometry(tokens)
    weights = new_weights(shape)
    learners = optimizers(weights)
    begun = restored(work / STATE, weights, learners)
    clock, sums = time.monotonic(), torch.zeros(3)
    for step in range(begun, steps):
        # What is random depends on the step alone, so that training goes on where it stopped.
        seconds, count, moved = lengths(step, steps, np.random.default_rng([SEED, step]))
        random = np.random.default_rng([SEED, step, rank + 1])
        first = int(random.integers(0, 1480 - 50 * int(seconds + 1))) if moved and seconds < 28 else 0
        windows = [composer.window(seconds, random, first / 50) for _ in range(count)]
        with torch.autocast("cpu", torch.bfloat16):
            parts = torch.stack(losses(weights, shape, batch_of(windows, seconds, tokens), first))
        (parts @ torch.tensor([1.0, 0.5, 0.3])).backward()
        advance(weights, learners, RATE * pace(step, steps))
        sums += parts.detach()
        if not rank and step % 25 == 24:
            print(step + 1, f"{time.monotonic() - clock:.0f} s", (sums / 25).numpy().round(3), flush=True)
            sums.zero_()
        if not rank and (step % 100 == 99 or step + 1 == steps):
            keep(work / STATE, step + 1, weights, learners)


def hints() -> list[str]:
    """Words for prompts: those that are said, both spellings of the pairs, and strange ones that must not disturb."""
    random = np.random.default_rng(SEED)
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvxz" for vowel in "aeiou"]
    strange = ["".join(random.choice(syllables, random.integers(2, 5))).capitalize() for _ in range(500)]
    known = [word for text in lexicon() for word in text.split() if word.isalpha()]
    return [*known, *(spelling for pair in PAIRS for spelling in pair), *strange]


def advance(weights: Weights, learners: list[torch.optim.Optimizer], rate: float) -> None:
    """A step along the mean gradient of all processes, no longer than 1."""
    sizes = [weight.numel() for weight in weights.values()]
    together = torch.cat([weight.grad.flatten() for weight in weights.values()])
    torch.distributed.all_reduce(together)
    together *= min(1.0 / RANKS, 1.0 / float(together.norm()))
    for weight, gradient in zip(weights.values(), together.split(sizes), strict=True):
        weight.grad = gradient.view_as(weight)
    for learner in learners:
        for group in learner.param_groups:
            group["lr"] = rate
        learner.step()
        learner.zero_grad()


def keep(path: Path, step: int, weights: Weights, learners: list[torch.optim.Optimizer]) -> None:
    kept = {"step": step, "weights": weights, "learners": [learner.state_dict() for learner in learners]}
    torch.save(kept, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def restored(path: Path, weights: Weights, learners: list[torch.optim.Optimizer]) -> int:
    """Take up what was kept, if anything was; the step from which to go on."""
    if not path.exists():
        return 0
    kept = torch.load(path)
    for name, weight in weights.items():
        weight.data.copy_(kept["weights"][name])
    for learner, state in zip(learners, kept["learners"], strict=True):
        learner.load_state_dict(state)
    return int(kept["step"])


def geometry(tokens: Tokens) -> Geometry:
    return Geometry(texts=tokens["notimestamps"] + 1, phones=len(PHONES))


def write(weights: Weights, folder: Path) -> None:
    """The model as it is committed: in eight bits."""
    tokens = tokens_of(lexicon())
    shape = geometry(tokens)
    tables = {name: weight.detach().float() for name, weight in weights.items()}
    tables["embeddings"] = embeddings(tables, shape)
    tables["encoder.positions"] = sinusoids(FRAMES, shape.width)
    tables["decoder.positions"] = sinusoids(CONTEXT, shape.width)
    write_folder(
        folder,
        {name: table.numpy() for name, table in tables.items()},
        tokens,
        layers=(shape.encoder_layers, shape.decoder_layers),
        heads=shape.heads,
        alignment_heads=[*((1, head) for head in GUIDED), *((2, head) for head in range(shape.heads))],
        quantization="int8",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the model goes")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is voiced and for half-way weights")
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    utterances(trained(), SEED, options.work / "cache")
    (options.work / "meet").unlink(missing_ok=True)
    torch.multiprocessing.spawn(learn, (options.work, options.steps), nprocs=RANKS)
    write(torch.load(options.work / STATE)["weights"], options.folder)


if __name__ == "__main__":
    main()
