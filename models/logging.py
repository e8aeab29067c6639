"""How every process of the product writes its log: structlog to standard error, as JSON or for a console."""

import logging
import sys

import structlog

from .settings import Settings


def configure_logging(settings: Settings) -> None:
    """Set up structlog and hand it what libraries log; call once, at the start of a process."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(settings.log_format))
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(settings.log_level.upper())
    for chatty in ("botocore", "boto3", "urllib3", "httpx", "httpcore", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _rendering(style: str) -> list[structlog.typing.Processor]:
    bare = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if style == "json":
        return [
            bare,
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    # never a traceback with local variables: they hold passwords and tokens
    plain = structlog.dev.plain_traceback
    return [bare, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
