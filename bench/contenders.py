"""The process of one contender of ``bench.tools``. It runs in our or in the peers' environment: imports are late.

``contenders.py CALL OPTIONS FOLDER``: works once unmeasured and says so, then once for every line of its input, each
time answering with a line of JSON; at the end of the input it tells its peak memory.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Work = Callable[[], dict[str, Any]]
COLD = "cold"
"""Option: do not work unmeasured first, only load."""


def enhance(folder: Path, **options: Any) -> Work:
    """Ours: file to file."""
    from tests.activities.tools.context import run_tool

    def work() -> dict[str, Any]:
        run_tool("image-enhance", folder / "ours", {"image": folder / "photograph.jpg"}, format="jpeg", **options)
        return {}

    return work


def ncnn(folder: Path, param: str, bin: str) -> Work:
    """Real-ESRGAN as its ncnn program works; file to file."""
    import numpy as np
    from PIL import Image

    from bench.ncnn_peer import enlarger

    enlarge = enlarger(param, bin)

    def work() -> dict[str, Any]:
        result = enlarge(np.asarray(Image.open(folder / "photograph.jpg").convert("RGB")))
        Image.fromarray(result).save(folder / "peer.jpg", quality=92, subsampling=0)
        return {}

    return work


def replace(folder: Path, **options: Any) -> Work:
    """Ours: file to file, on white."""
    from tests.activities.tools.context import run_tool

    def work() -> dict[str, Any]:
        files: dict[str, Path | list[Path]] = {"image": folder / "photograph.jpg"}
        run_tool("background-replace", folder / "ours", files, format="jpeg", **options)
        return {}

    return work


def rembg(folder: Path, home: str, session: str, matting: bool) -> Work:
    """rembg with one of its sessions, on white; file to file."""
    os.environ["U2NET_HOME"] = home
    from PIL import Image
    from rembg import new_session, remove

    opened = new_session(session)

    def work() -> dict[str, Any]:
        cut = remove(Image.open(folder / "photograph.jpg"), session=opened, alpha_matting=matting)
        ground = Image.new("RGB", cut.size, "white")
        ground.paste(cut, mask=cut.getchannel("A"))
        ground.save(folder / "peer.jpg", quality=92, subsampling=0)
        return {}

    return work


def deduplicate(folder: Path, **options: Any) -> Work:
    """Ours; ``groups`` as lists of indexes."""
    from tests.activities.tools.context import engines, run_tool

    engines().get("embedding")
    files = sorted((folder / "heap").glob("*.jpg"))

    def work() -> dict[str, Any]:
        result = run_tool("image-deduplication", folder / "ours", {"images": files}, **options)
        report = json.loads(result.outputs[0].path.read_text(encoding="utf-8"))
        groups = [[group["keep"], *group["duplicates"]] for group in report["groups"]]
        return {"groups": [[member["index"] for member in group] for group in groups]}

    return work


def phash(folder: Path) -> Work:
    """What imagededup's PHash does: 64 bits a picture, duplicates within a distance of 10."""
    import imagehash
    import numpy as np
    from PIL import Image

    files = sorted((folder / "heap").glob("*.jpg"))

    def work() -> dict[str, Any]:
        bits = np.array([imagehash.phash(Image.open(path)).hash.ravel() for path in files], np.float32)
        distances = bits @ (1 - bits).T
        return {"groups": _groups(distances + distances.T <= 10)}

    return work


def cnn(folder: Path) -> Work:
    """What imagededup's CNN does, with our network, since its own weights come from no registry: cosine 0.9."""
    import numpy as np
    from PIL import Image

    from tests.activities.tools.context import engines

    engine = engines().get("embedding")
    files = sorted((folder / "heap").glob("*.jpg"))

    def work() -> dict[str, Any]:
        vectors = np.concatenate([engine.embed([np.asarray(Image.open(path).convert("RGB"))]) for path in files])
        return {"groups": _groups(vectors @ vectors.T >= 0.9)}

    return work


def _groups(alike: Any) -> list[list[int]]:
    """Connected pictures of a matrix of yes and no."""
    groups, seen = [], set()
    for start in range(len(alike)):
        group, open_ends = [], [start]
        while open_ends:
            index = open_ends.pop()
            if index not in seen:
                seen.add(index)
                group.append(index)
                open_ends += alike[index].nonzero()[0].tolist()
        if len(group) > 1:
            groups.append(group)
    return groups


CALLS: dict[str, Callable[..., Work]] = {
    each.__name__: each for each in (enhance, ncnn, replace, rembg, deduplicate, phash, cnn)
}


def main() -> None:
    """See the module."""
    options = json.loads(sys.argv[2])
    cold = options.pop(COLD, False)
    work = CALLS[sys.argv[1]](Path(sys.argv[3]), **options)
    if not cold:
        work()
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        said = work()
        print(json.dumps({"seconds": time.perf_counter() - started} | said), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"peak": peak}), flush=True)


if __name__ == "__main__":
    main()
