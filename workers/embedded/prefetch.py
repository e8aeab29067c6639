"""``python -m workers.embedded.prefetch NAME…``: weights, fetched while the stack starts."""

import sys

from activities.inference.weights import Weights
from models.settings import get_settings

if __name__ == "__main__":
    weights = Weights(get_settings().weights_folder)
    for each in sys.argv[1:]:
        weights.ensure(each)
