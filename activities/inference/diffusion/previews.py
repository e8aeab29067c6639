"""What a painting looks like between two steps: its latents, shrunk first, through the pipeline's own decoder."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from activities.painting.scene import Show, Tell

if TYPE_CHECKING:
    import numpy as np
    import torch

MOST = 5
"""Previews of one painting."""
SIDE = 256
"""Longer side of a preview in pixels, about."""

OnStep = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


def told_steps(tell: Tell, show: Show | None, steps: int) -> OnStep:
    """A callback of diffusers for the end of a step: tells the share that is done, and shows some of the steps."""

    def told(pipeline: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
        total = max(1, int(getattr(pipeline, "num_timesteps", 0) or steps))
        tell(min(1.0, (step + 1) / total))
        if show is not None and _is_shown(step + 1, total):
            seen = preview(pipeline, values.get("latents"))
            if seen is not None:
                show(seen)
        return values

    return told


def preview(pipeline: Any, latents: "torch.Tensor | None") -> "np.ndarray | None":
    """uint8 RGB of the first picture; None where latents are of another kind, or the decoder comes and goes on a card
    too small for all, which would cost more than it shows."""
    import numpy as np
    import torch

    decoder = getattr(pipeline, "vae", None)
    known = latents is not None and latents.ndim == 4 and not hasattr(decoder, "_hf_hook")
    if decoder is None or latents is None or not known or latents.shape[1] != decoder.config.latent_channels:
        return None
    unit = SIDE / int(getattr(pipeline, "vae_scale_factor", 8))
    first = latents[:1].float()
    factor = min(1.0, unit / max(first.shape[2:]))
    small = torch.nn.functional.interpolate(first, scale_factor=factor, mode="area") if factor < 1 else first
    shift = float(getattr(decoder.config, "shift_factor", None) or 0.0)
    values = (small / decoder.config.scaling_factor + shift).to(decoder.dtype)
    made = decoder.decode(values, return_dict=False)[0][0].float()
    if not torch.isfinite(made).all():
        return None
    levels: np.ndarray = ((made.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()
    return levels


def _is_shown(done: int, total: int) -> bool:
    """At even shares; not the last step, whose picture comes at once."""
    return done < total and done * (MOST + 1) // total > (done - 1) * (MOST + 1) // total
