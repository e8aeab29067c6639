"""The peer of ``cutout``, run in the peers' environment: ``rembg_peer.py HOME FOLDER [matting]`` cuts every scene out.

For ``scene-N.png`` it leaves ``rembg-N.png``, RGBA; with ``given-N.png`` beside it, that is taken as the mask. Prints
the least seconds that a picture took.
"""

import os
import sys
import time
from pathlib import Path


def main(home: str, folder: Path, matting: bool) -> None:
    """See the module."""
    os.environ["U2NET_HOME"] = home
    from PIL import Image
    from rembg import new_session, remove
    from rembg.bg import alpha_matting_cutout, naive_cutout

    session = new_session("u2netp")
    seconds = []
    for path in sorted(folder.glob("scene-*.png")):
        picture, given = Image.open(path), path.with_name(path.name.replace("scene", "given"))
        started = time.perf_counter()
        if given.exists():
            mask = Image.open(given)
            cut = alpha_matting_cutout(picture, mask, 240, 10, 10) if matting else naive_cutout(picture, mask)
        else:
            cut = remove(picture, session=session, alpha_matting=matting)
        seconds.append(time.perf_counter() - started)
        cut.save(path.with_name(path.name.replace("scene", "rembg")))
    print(min(seconds))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), "matting" in sys.argv[3:])
