"""``python -m api``: the API under uvicorn, until SIGTERM or Ctrl-C; open streams are cut after three seconds."""

import uvicorn

from models.logging import configure_logging
from models.settings import get_settings
from temporal.tracing import start_tracing

from .main import create_app

GRACE = 3


def main() -> None:
    """Serve on API_HOST:API_PORT; ``X-Forwarded-*`` is believed only from TRUSTED_PROXIES."""
    settings = get_settings()
    configure_logging(settings)
    start_tracing(settings, "workshop-api")
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        access_log=False,
        log_config=None,
    )


if __name__ == "__main__":
    main()
