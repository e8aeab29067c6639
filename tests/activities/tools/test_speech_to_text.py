"""speech-to-text: known words come back, with the times at which they were said."""

from pathlib import Path

import numpy as np
import pytest

from activities.media.sounds import decoded
from activities.speaking.voices import RATE
from activities.tools import speech_to_text
from tests.activities.media.clips import ffmpeg
from tests.activities.media.spoken import ASKED, TODAY, WELCOME, film, recording, sentence
from tests.activities.tools.context import run_tool


def test_two_sentences_in_two_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_to_text, "PIECE", 4.0)
    path = recording(tmp_path / "said.wav", TODAY, ASKED)
    result = run_tool("speech-to-text", tmp_path / "out", {"audio": path})
    text, subtitles = (output.path.read_text(encoding="utf-8") for output in result.outputs)
    assert text == f"{TODAY}{ASKED}\n"
    assert (result.data["found"], result.data["language"]) == (2, "zh")
    second = 1.5 + len(sentence(TODAY)) / RATE + 1.5
    assert [segment["start"] for segment in result.data["segments"]] == pytest.approx([1.5, second], abs=0.4)
    assert subtitles.count(" --> ") == 2 and "\n你最近过得怎么样？\n" in subtitles
    assert (tmp_path / "out-chunk1").exists()


def test_the_times_of_a_video_are_those_of_its_player(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", WELCOME, late=5.0)
    result = run_tool("speech-to-text", tmp_path / "out", {"video": path})
    (segment,) = result.data["segments"]
    assert segment["text"] == WELCOME
    assert segment["start"] == pytest.approx(1.5, abs=0.4)


@pytest.mark.parametrize("kind", ["silent.wav", "mute.mp4"])
def test_nothing_said_is_success_for_the_least(kind: str, tmp_path: Path) -> None:
    path = tmp_path / kind
    sound = ["-f", "lavfi", "-i", "anullsrc", "-t", "1"]
    ffmpeg(*(["-f", "lavfi", "-i", "testsrc2=d=1:s=64x64"] if kind == "mute.mp4" else sound), path)
    result = run_tool("speech-to-text", tmp_path / "out", {"video" if kind == "mute.mp4" else "audio": path})
    assert (result.data["found"], result.credits) == (0, 1)
    assert [output.path.read_text() for output in result.outputs] == ["\n", "\n"]


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "ogg", "ts"])
def test_a_piece_of_sound_is_the_same_cut_out_of_any_container(suffix: str, tmp_path: Path) -> None:
    chirp = "aevalsrc='0.5*sin(2*PI*(200+150*t)*t)':d=6:s=16000"
    path = tmp_path / f"chirp.{suffix}"
    ffmpeg("-f", "lavfi", "-i", chirp, path)
    whole, piece = decoded(path, tmp_path, 1), decoded(path, tmp_path, 1, start=3.0, end=4.0)
    assert len(piece) == pytest.approx(16000, abs=1600)
    same = np.correlate(whole[44000:68000].astype(float), piece[:15000].astype(float))
    assert 44000 + int(same.argmax()) == pytest.approx(48000, abs=320)
