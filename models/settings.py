"""Every setting of the product, read once from the environment (or ``.env``); nobody else reads ``os.environ``.

Names in the environment are the field names in upper case. The embedded stack fills the addresses and passwords of
the parts that it starts; set one of them yourself and that part is yours.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024


class TextProvider(BaseModel):
    """A service that speaks the OpenAI protocol. ``base_url`` ends where ``/chat/completions`` begins."""

    name: str = Field(description="Shown to users beside the texts that it wrote.")
    base_url: str
    model: str
    api_key: SecretStr = SecretStr("")
    timeout: float = Field(30, gt=0, description="Seconds without a word from it after which the next one is asked.")


class Adapter(BaseModel):
    """A LoRA adapter laid over a checkpoint. ``source``: a file or folder, or a repository of a hub."""

    source: str
    weight: float = Field(1.0, ge=0, le=2)


class Checkpoint(BaseModel):
    """A diffusion pipeline as diffusers saves it (safetensors alone are read).

    ``source`` is a folder, the name of a zip in the manifest of weights, or ``OWNER/NAME`` of a hub, with ``@REVISION``
    if one is meant; so is ``controlnet``. ``HF_HUB_OFFLINE=1`` forbids asking a hub.
    """

    name: str = Field(description="Shown to users beside the pictures that it painted.")
    source: str
    endpoint: str | None = Field(None, description="Another hub that speaks the protocol.")
    controlnet: str = ""
    adapters: list[Adapter] = []
    scheduler: str = Field("", description="A scheduler class of diffusers; empty: the checkpoint's own.")
    steps: int = Field(25, ge=1, le=200)
    guidance: float = Field(7.0, ge=0, le=30)


InpaintingKind = Literal["lama", "migan"]


class Inpainting(BaseModel):
    """A network that fills holes. ``source``: an ONNX or TorchScript file on the workers' machines, or its name in the
    manifest of weights; ``kind``: how it is asked."""

    name: str = Field(description="Shown to users beside the pictures that it may have filled.")
    source: str
    kind: InpaintingKind


class Settings(BaseSettings):
    """All settings with the defaults most people want. Sizes are bytes, times are seconds, unless a name says else."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    # --- where things lie
    workshop_home: Path = Field(Path(".workshop"), description="Data, logs and caches of the embedded stack.")
    weights_cache: Path | None = Field(None, description="Shared cache of weights; default WORKSHOP_HOME/weights.")
    pool_scratch: Path | None = Field(None, description="Scratch folders of jobs; default WORKSHOP_HOME/scratch.")

    # --- the API
    api_host: str = "127.0.0.1"
    api_port: int = 8000
    public_url: str | None = Field(None, description="How users reach the API; default http://API_HOST:API_PORT.")
    secret_key: SecretStr = Field(SecretStr(""), description="Signs file links; 32 bytes of hex or more.")
    cors_origins: list[str] = []
    cookie_secure: bool = False
    default_language: Literal["zh", "en"] = "zh"
    trusted_proxies: str = Field("127.0.0.1", description="Peers whose X-Forwarded-For is believed.")

    # --- PostgreSQL, S3, Temporal, SMTP
    database_url: SecretStr = SecretStr("postgresql+psycopg://workshop@127.0.0.1:5432/workshop")
    database_pool_size: int = 10
    s3_endpoint: str | None = None
    s3_public_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_bucket: str = "workshop"
    imports_bucket: str | None = Field(
        None, description="Of the same store, with folders that automations watch; s3_bucket unless given."
    )
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "workshop"
    temporal_api_key: SecretStr | None = None
    temporal_tls: bool = False
    temporal_tls_ca: str | None = Field(
        None, description="Whom to trust; this and the next two: PEM, or a file's path."
    )
    temporal_tls_cert: str | None = Field(None, description="Our certificate, for a server that wants to see one.")
    temporal_tls_key: SecretStr | None = None
    temporal_tls_domain: str | None = Field(None, description="Name in the server's certificate, if not its host's.")
    temporal_ui_url: str | None = None
    smtp_host: str | None = Field(None, description="Mail relay; without one the embedded stack writes to an outbox.")
    smtp_port: int = 25
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    postgres_port: int = Field(0, description="Port of the embedded PostgreSQL; 0 is any free one, kept.")
    s3_port: int = Field(0, description="Port of the embedded S3 store.")
    temporal_port: int = Field(0, description="Port of the embedded Temporal server.")
    payments_port: int = Field(0, description="Port of the embedded stand-in for Stripe.")
    temporal_ui_port: int = Field(8233, description="Port of the embedded Temporal Web UI.")
    mail_from: str = "AI创意工坊 <noreply@workshop.invalid>"

    # --- accounts and money
    require_verified_email: bool = False
    welcome_credits: int = 1000
    session_lifetime: int = 30 * 86400
    argon2_concurrency: int = 2

    # --- payments
    stripe_secret_key: SecretStr | None = Field(
        None, description="Key of Stripe; without one the embedded stack runs a stand-in, and no money moves."
    )
    stripe_webhook_secret: SecretStr | None = Field(None, description="With which Stripe signs its webhooks.")
    stripe_api_base: str | None = Field(None, description="Another server that speaks Stripe's protocol.")
    stripe_tax: bool = Field(False, description="Stripe computes taxes; set your registrations there first.")
    unpaid_grace_days: int = Field(7, ge=0, description="How long a plan goes on after a renewal was not paid.")

    # --- files
    max_upload: int = 100 * MEBIBYTE
    max_upload_large: int = Field(500 * MEBIBYTE, description="Videos and zips.")
    max_pixels: int = 200_000_000
    account_quota: int = 5 * 1024 * MEBIBYTE
    output_retention_days: int | None = Field(30, description="Outputs are soft-deleted after this; empty keeps them.")
    purge_after_days: float = Field(7, description="Bytes of a deleted file go after this many days.")
    low_disk: int = 5 * 1024 * MEBIBYTE
    input_cache: int = Field(2 * 1024 * MEBIBYTE, description="Bound of a worker's local cache of inputs.")
    clamd_host: str | None = None
    clamd_port: int = 3310

    # --- jobs
    extra_tools: list[str] = Field([], description="Modules with tools of your own, imported beside ours.")
    executes_per_minute: int = 120
    uploads_per_minute: int = 600
    registrations_per_hour: int = 600
    logins_per_minute: int = Field(20, description="Per address and e-mail.")
    mails_per_hour: int = Field(10, description="Mails that strangers can have sent to one address.")
    engine_cache: int = Field(3 * 1024 * MEBIBYTE, description="Bytes of warm engines in one slot.")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    share_engines: Literal["auto", "always", "never"] = Field(
        "auto", description="Slots of the inference pool share one process that holds the engines; auto: beside a card."
    )
    max_batch: int = Field(8, ge=1, description="Equal calls of several jobs that shared engines do at once.")
    max_delay: float = Field(0.005, ge=0, description="Seconds that the first of a batch waits for company.")
    slots: int = Field(1, description="Slots of a worker: child processes that run tools.")
    slot_threads: int | None = Field(None, description="Threads of one slot; default cores / slots of all pools.")
    slot_recycle_rss: int = Field(4 * 1024 * MEBIBYTE, description="A slot above this is replaced after its job.")
    grace: float = Field(8.0, description="Seconds a stopping worker gives its running work.")
    sweep_interval: int = 60
    watch_interval: float = Field(15.0, gt=0, description="Seconds between looks at watched folders.")

    allow_private_addresses: bool = Field(
        False, description="Whether pipelines may call addresses within private networks; anybody's pipelines, then."
    )

    # --- texts
    text_providers: list[TextProvider] = Field(
        [], description="JSON list; asked in this order. Without one the platform writes by its own means."
    )

    # --- pictures from words
    checkpoints: list[Checkpoint] = Field(
        [], description="JSON list; the first one paints. Without one, tools draw by their own means and say so."
    )

    # --- holes in pictures
    inpainting: Inpainting | None = Field(
        None, description="JSON object; one more way to fill holes, judged beside the others."
    )

    # --- moderation
    moderation: Literal["off", "generated", "all"] = Field(
        "generated",
        description="What is looked at: nothing; what a checkpoint paints or a text provider writes; or everything.",
    )
    moderation_threshold: float = Field(0.8, ge=0, le=1, description="Score from which a picture is refused.")
    moderation_words: Path | None = Field(
        None, description="A file of words to refuse beside ours, one a line; !word is innocent, # a remark."
    )

    # --- generated content (GB 45438-2025)
    content_producer: str = Field("AI创意工坊", description="Your name or code in the labels of what is generated.")
    visible_sign: bool = Field(True, description="Generated pictures show a sign in a corner, beside the label in XMP.")

    # --- seeing what happens
    log_format: Literal["console", "json"] = "console"
    log_level: str = "INFO"
    metrics_port: int | None = Field(
        None, description="Prometheus port of a worker on loopback; the API serves /metrics."
    )
    otlp_endpoint: str | None = Field(None, description="OpenTelemetry collector (HTTP); without it tracing is off.")

    @field_validator("database_url")
    @classmethod
    def _psycopg_driver(cls, value: SecretStr) -> SecretStr:
        return SecretStr(value.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1))

    @property
    def url(self) -> str:
        """Base of public links, without a trailing slash."""
        return (self.public_url or f"http://{self.api_host}:{self.api_port}").rstrip("/")

    @property
    def weights_folder(self) -> Path:
        return self.weights_cache or self.workshop_home / "weights"

    @property
    def scratch_folder(self) -> Path:
        return self.pool_scratch or self.workshop_home / "scratch"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()


def inherited_environment() -> dict[str, str]:
    """This process's environment, for handing on to processes of ours that read their settings from it."""
    return dict(os.environ)
