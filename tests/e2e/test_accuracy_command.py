"""``python -m bench.accuracy``, which ``make bench-accuracy`` runs, on a folder of voiced recordings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.hub_server import HubServer
from tests.installation import ROOT
from tests.small_whisper import FOLDER
from tests.sound import RATE, file_of, say

DOCTOR, PATIENT = "Good morning. How can I help you today?", "I have had a sharp pain in my left knee for two weeks."
MOST_ERRORS = 0.15
"""Of simple sentences in voices that the bundled recogniser knows: none when this was written."""


def accuracy(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARKEN_")}
    return subprocess.run(
        (sys.executable, "-m", "bench.accuracy", "--json", str(folder)),
        cwd=ROOT,
        env=kept | environ,
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    asked, told = say(DOCTOR, tmp_path, voice="rms"), say(PATIENT, tmp_path)
    second = np.zeros(RATE, dtype=np.int16)
    talk = np.concatenate([asked, second, told, *[second] * 5])
    begins = len(asked) / RATE + 1
    utterances = [
        {"speaker": "patient", "start": begins, "end": begins + len(told) / RATE, "text": PATIENT},
        {"speaker": "doctor", "start": 0, "end": begins - 1, "text": DOCTOR},
    ]
    (folder / "talk.flac").write_bytes(file_of(talk, "audio/flac"))
    (folder / "talk.json").write_text(json.dumps({"utterances": utterances}))
    (folder / "words.webm").write_bytes(file_of(told))
    (folder / "words.txt").write_text(PATIENT)
    (folder / "broken.ogg").write_bytes(b"OggS" + bytes(500))
    (folder / "broken.txt").write_text("never to be heard")
    (folder / "other.wav").write_bytes(file_of(asked, "audio/wav"))
    (folder / "other.ctm").write_text("other 1 60.0 0.5 late\n")
    (folder / "lonely.mp3").write_bytes(file_of(asked, "audio/mpeg"))
    (folder / "orphan.txt").write_text("nobody recorded this")
    return folder


def test_a_folder_is_measured_and_what_cannot_be_is_named(folder: Path) -> None:
    run = accuracy(folder, HEARKEN_ENGINE="pocketsphinx")
    assert run.returncode == 1, run.stderr
    report = json.loads(run.stdout)
    assert [(each["name"], each["words"]) for each in report["recordings"]] == [("talk.flac", 21), ("words.webm", 13)]
    talk, words = report["recordings"]
    assert max(talk["wer"], words["wer"], report["all"]["wer"]) <= MOST_ERRORS
    assert talk["cpwer"] is not None
    assert 0 < talk["words_near_edges"] < talk["words"]
    assert talk["silent_s"] == pytest.approx(4.5, abs=0.1)
    assert (talk["inserted"], words["cpwer"], words["inserted"]) == (0, None, None)
    assert 0 < report["all"]["cpu_by_audio"] < report["all"]["clock_by_audio"]
    assert (report["recognisers"], report["settings"]) == (["pocketsphinx en-us"], {"HEARKEN_ENGINE": "pocketsphinx"})
    assert [re.split(r" \(|, the audio", problem)[0] for problem in report["problems"]] == [
        "lonely.mp3 has no reference",
        "orphan.txt is a reference without audio",
        "broken.ogg was not measured: the file can't be read as audio",
        "other.wav was not measured: its reference ends at 60.5 s",
    ]
    for shown in ("talk.flac", "words.webm", "near edges", "pocketsphinx en-us", *report["problems"]):
        assert shown in run.stderr


def test_an_empty_folder_and_settings_that_cannot_be_used_end_in_a_sentence(tmp_path: Path) -> None:
    empty = accuracy(tmp_path)
    assert (empty.returncode, empty.stdout) == (1, "")
    assert "there is no audio in" in empty.stderr

    (tmp_path / "tone.wav").write_bytes(file_of(np.zeros(RATE, dtype=np.int16), "audio/wav"))
    (tmp_path / "tone.txt").write_text("")
    misspelt = accuracy(tmp_path, HEARKEN_ENGIN="whisper")
    assert (misspelt.returncode, misspelt.stdout) == (2, "")
    assert "HEARKEN_ENGIN is not a setting; did you mean HEARKEN_ENGINE?" in misspelt.stderr


def test_what_was_not_asked_for_is_measured_with_a_warning_alone(tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(file_of(np.zeros(RATE, dtype=np.int16), "audio/wav"))
    (tmp_path / "tone.txt").write_text("")
    (tmp_path / "model").mkdir()
    run = accuracy(tmp_path, HEARKEN_WHISPER_MODEL=str(tmp_path / "model"))
    (problem,) = json.loads(run.stdout)["problems"]
    assert problem.startswith("THE WHISPER MODEL THAT WAS ASKED FOR IS NOT WHAT IS MEASURED: pocketsphinx en-us runs;")
    assert "the Whisper model folder lacks config.json" in problem
    assert (run.returncode, run.stderr.count("THE WHISPER MODEL")) == (1, 2)

    none = accuracy(tmp_path, HEARKEN_ENGINE="whisper", HEARKEN_WHISPER_MODEL=str(tmp_path / "model"))
    assert none.returncode == 2
    assert "the Whisper model folder lacks config.json" in none.stderr
    assert ".log" not in none.stderr


def test_a_model_that_may_be_downloaded_is_what_is_measured(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "talk.wav").write_bytes(file_of(say(PATIENT, tmp_path), "audio/wav"))
    (folder / "talk.txt").write_text(PATIENT)
    with HubServer("Systran/faster-whisper-tiny", FOLDER).running() as hub:
        run = accuracy(
            folder,
            HEARKEN_WHISPER_MODEL="tiny",
            HEARKEN_ALLOW_DOWNLOAD="true",
            HF_ENDPOINT=hub.url,
            HF_HOME=str(tmp_path / "home"),
        )
    assert run.returncode == 0, run.stderr
    assert "the Whisper model tiny is downloaded first" in run.stderr
    assert json.loads(run.stdout)["recognisers"] == ["whisper tiny int8"]
