"""Tools of the tests and benchmarks: small, honest in their names, loaded by the setting ``EXTRA_TOOLS``."""

import time
from pathlib import Path
from typing import Any

from pydantic import Field

from activities.tools.base import (
    Chunking,
    Inputs,
    Kind,
    Measures,
    Output,
    Pool,
    Port,
    Price,
    Text,
    ToolContext,
    ToolParams,
    ToolResult,
    chunked_tool,
    tool,
)
from activities.writing.engine import Message, Request
from models.errors import InvalidInput

TEXT = Port("text", (Kind.text,), Text("文字", "Text"))
RESULT = Port("result", (Kind.document,), Text("结果", "Result"))
PICTURE = Port("image", (Kind.image,), Text("图片", "Picture"), required=False)
STEP = 0.05


class NoopParams(ToolParams):
    credits: int = Field(2, ge=1, le=1000, description="What it costs.")
    after: Any = Field(None, description="What must be there before; nobody looks at it.")


class SleepParams(ToolParams):
    seconds: float = Field(1.0, ge=0, le=120, description="How long it works.")
    fail: bool = Field(False, description="Whether it fails at the end.")
    crash: bool = Field(False, description="Whether it dies like native code that crashes.")


class PictureParams(ToolParams):
    generated: bool = Field(False, description="Whether it says that it made the picture up.")


class ChunkParams(ToolParams):
    chunks: int = Field(6, ge=1, le=100, description="How many pieces.")
    seconds: float = Field(0.1, ge=0, le=10, description="How long each piece takes.")


def noop_price(measures: Measures, params: NoopParams) -> Price:
    return Price((("run", params.credits),))


def flat_price(measures: Measures, params: ToolParams) -> Price:
    return Price((("run", 3),))


def text_output(context: ToolContext, words: str) -> Output:
    path = context.scratch / "result.json"
    path.write_text(words)
    return Output("result", path, "application/json")


@tool(
    id="sample-noop",
    version="1.0.0",
    category="test",
    pool=Pool.media,
    title=Text("空操作", "No-op"),
    description=Text("什么也不做。", "Does nothing."),
    params=NoopParams,
    inputs=(),
    outputs=(),
    price=noop_price,
    hidden=True,
)
def noop(context: ToolContext, inputs: Inputs, params: NoopParams) -> ToolResult:
    return ToolResult(outputs=[], engine="none")


@tool(
    id="sample-echo",
    version="1.0.0",
    category="test",
    pool=Pool.media,
    title=Text("回声", "Echo"),
    description=Text("返回文字。", "Gives the text back, after a while."),
    params=SleepParams,
    inputs=(TEXT,),
    outputs=(RESULT,),
    price=flat_price,
    hidden=True,
)
def echo(context: ToolContext, inputs: Inputs, params: SleepParams) -> ToolResult:
    steps = max(1, round(params.seconds / STEP))
    for step in range(steps):
        time.sleep(params.seconds / steps)
        context.progress(step / steps, "sleep", f"{step}/{steps}")
    if params.crash:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGSEGV)
    if params.fail:
        raise InvalidInput(errors=[{"path": "parameters.fail", "message": "it was asked to fail"}])
    return ToolResult(outputs=[text_output(context, inputs.texts["text"])], engine="sleep")


@tool(
    id="sample-writer",
    version="1.0.0",
    category="test",
    pool=Pool.media,
    title=Text("写字", "Writer"),
    description=Text("请文本服务写一段。", "Has the text provider write something."),
    params=NoopParams,
    inputs=(TEXT,),
    outputs=(RESULT,),
    price=noop_price,
    hidden=True,
)
def write(context: ToolContext, inputs: Inputs, params: NoopParams) -> ToolResult:
    assert context.writer is not None
    written = context.writer.write(Request((Message("user", inputs.texts["text"]),)), context.tell)
    data = {"usage": written.usage}
    return ToolResult(outputs=[text_output(context, written.text)], engine=written.engine, data=data)


@tool(
    id="sample-picture",
    version="1.0.0",
    category="test",
    pool=Pool.media,
    title=Text("图片", "Picture"),
    description=Text("返回图片,或者画一张。", "Gives the picture back, encoded anew, or a photograph of its own."),
    params=PictureParams,
    inputs=(PICTURE,),
    outputs=(PICTURE,),
    price=flat_price,
    hidden=True,
)
def picture(context: ToolContext, inputs: Inputs, params: PictureParams) -> ToolResult:
    from skimage import data

    from activities.media.images import read_image, write_image

    given = inputs.optional("image")
    pixels = read_image(given.path).pixels if given else data.astronaut()
    path = context.scratch / "picture.png"
    write_image(path, pixels, "png")
    return ToolResult([Output("image", path, "image/png", generated=params.generated)], engine="copy")


def plan_pieces(context: ToolContext, inputs: Inputs, params: ChunkParams) -> list[dict[str, Any]]:
    return [{"letter": chr(ord("a") + at % 26)} for at in range(params.chunks)]


def make_piece(context: ToolContext, inputs: Inputs, params: ChunkParams, chunk: dict[str, Any]) -> Path:
    time.sleep(params.seconds)
    path = context.scratch / "piece"
    path.write_text(str(chunk["letter"]))
    return path


def join_pieces(context: ToolContext, inputs: Inputs, params: ChunkParams, paths: list[Path]) -> ToolResult:
    return ToolResult(outputs=[text_output(context, "".join(path.read_text() for path in paths))], engine="letters")


chunked_tool(
    Chunking(plan=plan_pieces, chunk=make_piece, join=join_pieces),
    id="sample-chunks",
    version="1.0.0",
    category="test",
    pool=Pool.media,
    title=Text("分块", "Chunks"),
    description=Text("逐块写字母。", "Writes letters piece by piece."),
    params=ChunkParams,
    inputs=(),
    outputs=(RESULT,),
    price=flat_price,
    hidden=True,
)


@tool(
    id="sample-hang",
    version="1.0.0",
    category="test",
    pool=Pool.media,
    title=Text("挂起", "Hang"),
    description=Text("永不结束。", "Never ends."),
    params=ToolParams,
    inputs=(),
    outputs=(),
    price=flat_price,
    timeout=2.0,
    hidden=True,
)
def hang(context: ToolContext, inputs: Inputs, params: ToolParams) -> ToolResult:
    time.sleep(3600)
    return ToolResult(outputs=[], engine="none")
