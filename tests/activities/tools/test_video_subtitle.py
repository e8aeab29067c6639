"""video-subtitle: what is said is read at its time, in files and in the picture; nothing else changes."""

import json
from pathlib import Path

import numpy as np
import pytest

from activities.media.burning import LOOKS, Manner, burn, carried, divided
from activities.media.footage import survey
from activities.media.subtitles import Cue
from activities.tools import video_subtitle
from activities.tools.base import Inputs, ToolResult
from activities.writing.engine import Request, Tell, Written
from models.errors import InvalidInput, ProviderFailed
from tests.activities.media.clips import ffmpeg, lag, pictures, rabbit, seen, sound_packets
from tests.activities.media.spoken import ASKED, TODAY, film
from tests.activities.tools.context import LocalContext, engines, file_of, find, perform, run_tool


class Interpreter:
    """A provider that translates by a list; ``confused`` answers only single sentences rightly."""

    label = "Interpreter"

    def __init__(self, lines: dict[str, str], confused: bool = False) -> None:
        self.lines, self.confused, self.asked = lines, confused, 0

    def write(self, request: Request, tell: Tell) -> Written:
        self.asked += 1
        given = json.loads(request.messages[-1].content)["lines"]
        answer = [self.lines.get(line, "") for line in given]
        lost = self.confused and len(given) > 1
        return Written(f"```json\n{json.dumps({'lines': answer[:1] if lost else answer})}\n```", self.label)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("clips") / "film.mp4", TODAY, ASKED, silence=1.2, size="640x360", late=3.0)


def translated(tmp_path: Path, clip: Path, writer: Interpreter | None, language: str) -> ToolResult:
    tool, context = find("video-subtitle"), LocalContext(tmp_path / "out", ("whisper",), writer=writer)
    context.scratch.mkdir(parents=True)
    params = tool.params.model_validate({"translate_to": language})
    return perform(tool, context, Inputs({"video": [file_of(clip, "video/mp4")]}), params)


def test_drawn_in_two_pieces_at_their_time_and_no_picture_or_sound_is_lost(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_subtitle, "PIECE", 4.0)
    result = run_tool("video-subtitle", tmp_path / "out", {"video": clip}, burn=True, style="box", size="large")
    made, (first, second) = result.outputs[2].path, result.data["cues"]
    assert (tmp_path / "out-chunk1").exists()
    assert np.diff(seen(made).times) == pytest.approx(np.diff(seen(clip).times), abs=0.001)
    assert sound_packets(made) == sound_packets(clip) and abs(lag(clip, made)) <= 0.02
    shown = pictures(made)
    changed = np.abs(shown[:, 290:330, 200:440].astype(int) - pictures(clip)[:, 290:330, 200:440]).mean((1, 2, 3)) > 20
    times = np.array(seen(made).times)
    expected = sum((times >= cue["start"]) & (times < cue["end"]) for cue in (first, second)) > 0
    assert np.mean(changed == expected) > 0.985
    frame = shown[round(25 * (second["start"] + 0.4))][270:]
    assert "你最近过得怎么样" in "".join(line.text for line in engines().get("ocr").find(frame))


def test_files_alone_cost_no_encoding_and_say_the_same(clip: Path, tmp_path: Path) -> None:
    result = run_tool("video-subtitle", tmp_path / "out", {"video": clip})
    srt, vtt = (output.path.read_text(encoding="utf-8") for output in result.outputs)
    assert "\n你最近过得怎么样？\n" in srt and vtt.startswith("WEBVTT\n\n00:00:0")
    assert (result.data["found"], result.data["language"], result.data["written"]) == (2, "zh", "zh")
    assert result.data["cues"][0]["start"] == pytest.approx(1.2, abs=0.3)


def test_english_needs_no_provider_and_other_languages_do(clip: Path, tmp_path: Path) -> None:
    result = translated(tmp_path / "en", clip, None, "en")
    text = result.outputs[0].path.read_text(encoding="utf-8").lower()
    assert "weather" in text and "park" in text and result.outputs[0].generated
    with pytest.raises(InvalidInput) as raised:
        translated(tmp_path / "ja", clip, None, "ja")
    assert [error["path"] for error in raised.value.errors or []] == ["parameters.translate_to"]


@pytest.mark.parametrize("confused", [False, True])
def test_a_provider_translates_sentence_by_sentence(confused: bool, clip: Path, tmp_path: Path) -> None:
    writer = Interpreter({TODAY: "Il fait beau.", ASKED: "Comment vas-tu ?"}, confused)
    result = translated(tmp_path, clip, writer, "fr")
    assert [cue["text"] for cue in result.data["cues"]] == ["Il fait beau.", "Comment vas-tu ?"]
    assert (result.engine, writer.asked) == ("Whisper base, Interpreter", 3 if confused else 1)


def test_a_provider_without_sense_is_named(clip: Path, tmp_path: Path) -> None:
    writer = Interpreter({})
    writer.write = lambda request, tell: Written("sorry", "Interpreter")  # type: ignore[method-assign]
    with pytest.raises(ProviderFailed):
        translated(tmp_path, clip, writer, "fr")


@pytest.mark.parametrize("burnt", [False, True])
def test_nobody_speaks(burnt: bool, tmp_path: Path) -> None:
    path = rabbit(tmp_path / "mute.mp4", 0.6, "-c:v", "libx264", "-an")
    result = run_tool("video-subtitle", tmp_path / "out", {"video": path}, burn=burnt)
    assert (result.data["found"], result.credits) == (0, 1)
    assert [output.path.read_text() for output in result.outputs[:2]] == ["\n", "WEBVTT\n"]
    assert not burnt or result.outputs[2].path.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("look", LOOKS)
def test_words_are_no_commands_and_a_turned_odd_video_carries_them(look: str, tmp_path: Path) -> None:
    odd, turned = rabbit(tmp_path / "odd.mkv", 0.4, "-c:v", "mpeg4", "-an", size="175:143"), tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", odd, "-c", "copy", turned)
    footage = survey(turned)
    cue = Cue(0.0, 9.0, ("a':x=1,drawtext=textfile=/etc/passwd[x];%{pts}\\", "{\\b1}<b>好</b>"))
    path, manner = tmp_path / "chunk.nut", Manner(look, "large", "top", "zh")
    burn(footage, divided(footage, [], 0.0)[0][1], [cue], manner, engines().get("fonts"), 0.0, path, 1, abs, {"ok": 1})
    assert carried(path) == {"ok": 1}
    assert np.abs(pictures(path)[:, :60].astype(int) - pictures(path)[:, -60:]).mean() > 1


def test_pieces_hold_every_picture_once(clip: Path) -> None:
    from activities.media.cutting import within

    footage = survey(clip)
    pieces = divided(footage, [0.0, 2.013, 2.014, 4.5, 99.0], 3.0)
    assert [start for start, _ in pieces] == [0.0, 2.014, 4.5]
    shown = [within(footage, span) for _, span in pieces]
    assert np.concatenate(shown).tolist() == footage.times.tolist()
    assert [round(float(each[0] * footage.tick) - 3.0, 2) for each in shown] == [0.0, 2.04, 4.52]
