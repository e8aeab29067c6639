"""The door to the object store: every object of the product is put, read and removed here, by boto3 in threads.

Keys are content-addressed and made by ``blob_key`` and ``work_key``; a user's file name never becomes part of one.
A store that cannot be reached raises ``Unavailable``; a missing object raises ``NotFound``.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, NoCredentialsError
from botocore.exceptions import ConnectionError as BotoConnectionError

from models.errors import NotFound, Unavailable
from models.repositories.blobs import Blobs
from models.session import Database
from models.settings import MEBIBYTE, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

PART = "S3 store"
RETRY_AFTER = 2.0
TRUSTED = 3.0
"""Seconds for which a store that answered is believed to be up."""
CHUNK = 256 * 1024
THREADS = 16
TRANSFER = TransferConfig(multipart_threshold=32 * MEBIBYTE, multipart_chunksize=16 * MEBIBYTE, use_threads=False)
MISSING = ("NoSuchKey", "404", "NotFound", "NoSuchBucket")
LOST = (HTTPClientError, BotoConnectionError, IncompleteReadError, NoCredentialsError)


def blob_key(account_id: str, sha256: str) -> str:
    """Where an account's bytes with this digest lie."""
    return f"blobs/{account_id}/{sha256[:2]}/{sha256}"


def work_key(job_id: str, sha256: str) -> str:
    """Where a piece of a chunked job lies until the job has ended."""
    return f"work/{job_id}/{sha256}"


@dataclass(frozen=True)
class ObjectFacts:
    """What the store knows of an object. ``size`` in bytes."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class OpenObject:
    """An object being read: ``length`` bytes will come out of ``chunks``, which must be used up or closed."""

    length: int
    chunks: AsyncIterator[bytes]


class ObjectStore:
    """One bucket. Safe to share between tasks; every method is a coroutine that never blocks the loop."""

    def __init__(self, settings: Settings) -> None:
        self.bucket = settings.s3_bucket
        self._settings = settings
        self._client = self._connect(settings.s3_endpoint, attempts=2, read_timeout=10)
        self._prober = self._connect(settings.s3_endpoint, attempts=1, read_timeout=1)
        self._answered = -TRUSTED
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")

    async def check(self) -> None:
        """``ping``, unless the bucket answered in the last seconds: for calls that somebody waits for."""
        if time.monotonic() - self._answered > TRUSTED:
            await self.ping()

    async def ping(self) -> None:
        """Raise ``Unavailable`` unless the bucket answers within two seconds."""
        try:
            await self._call(lambda: self._prober.head_bucket(Bucket=self.bucket))
            self._answered = time.monotonic()
        except (NotFound, ClientError) as error:
            raise Unavailable(part=PART, retry_after=RETRY_AFTER) from error

    async def ensure_bucket(self) -> None:
        """Create the bucket unless it is there; harmless when two processes do it at once."""
        try:
            await self._call(lambda: self._client.head_bucket(Bucket=self.bucket))
        except NotFound:
            await self._call(self._create_bucket)

    async def put_file(self, key: str, path: Path, mime_type: str) -> None:
        """Store a local file of any size; large ones go in parts."""
        extra = {"ContentType": mime_type}
        await self._call(
            lambda: self._client.upload_file(str(path), self.bucket, key, ExtraArgs=extra, Config=TRANSFER)
        )

    async def put_bytes(self, key: str, body: bytes, mime_type: str) -> None:
        """Store a few bytes."""
        await self._call(lambda: self._client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=mime_type))

    async def open(self, key: str, span: tuple[int, int] | None = None) -> OpenObject:
        """Start reading an object, or its bytes ``span[0]`` to ``span[1]``, both included."""
        extra = {"Range": f"bytes={span[0]}-{span[1]}"} if span else {}
        found: Any = await self._call(lambda: self._client.get_object(Bucket=self.bucket, Key=key, **extra))  # type: ignore[arg-type]
        return OpenObject(length=found["ContentLength"], chunks=self._read(found["Body"]))

    async def get_to_file(self, key: str, path: Path) -> None:
        """Write an object to ``path``; a file that is there is replaced, a cut-off one is left by a failure."""
        await self._call(lambda: self._client.download_file(self.bucket, key, str(path), Config=TRANSFER))

    async def head(self, key: str) -> ObjectFacts | None:
        """Facts of an object, None if there is none."""
        try:
            found = await self._call(lambda: self._client.head_object(Bucket=self.bucket, Key=key))
        except NotFound:
            return None
        return ObjectFacts(key, found["ContentLength"], found["LastModified"])

    async def exists(self, key: str) -> bool:
        """Whether there is an object under ``key``."""
        return await self.head(key) is not None

    async def delete(self, key: str) -> None:
        """Remove an object; one that is gone already is no error."""
        await self._call(lambda: self._client.delete_object(Bucket=self.bucket, Key=key))

    async def list(self, prefix: str) -> AsyncIterator[ObjectFacts]:
        """The objects whose keys begin with ``prefix``, in the order of their keys, fetched page by page."""
        token: dict[str, str] = {}
        while True:
            page: Any = await self._call(
                lambda more=token: self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **more)  # type: ignore[misc]
            )
            for each in page.get("Contents", []):
                yield ObjectFacts(each["Key"], each["Size"], each["LastModified"])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    async def presigned(self, key: str, seconds: int, disposition: str, mime_type: str) -> str:
        """A link to the store itself; only where ``S3_PUBLIC_ENDPOINT`` is set, since a signature covers the host."""
        public = self._connect(self._settings.s3_public_endpoint, attempts=1, read_timeout=1)
        params = {
            "Bucket": self.bucket,
            "Key": key,
            "ResponseContentDisposition": disposition,
            "ResponseContentType": mime_type,
        }
        return public.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)

    async def close(self) -> None:
        """Let go of connections and threads."""
        self._client.close()
        self._prober.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _call(self, work: Callable[[], T]) -> T:
        with _translated():
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _read(self, body: "StreamingBody") -> AsyncIterator[bytes]:
        try:
            while chunk := await self._call(lambda: body.read(CHUNK)):
                yield chunk
        finally:
            body.close()

    def _create_bucket(self) -> None:
        try:
            self._client.create_bucket(Bucket=self.bucket)
        except (self._client.exceptions.BucketAlreadyOwnedByYou, self._client.exceptions.BucketAlreadyExists):
            return

    def _connect(self, endpoint: str | None, attempts: int, read_timeout: float) -> "S3Client":
        client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=self._settings.s3_region,
            aws_access_key_id=self._settings.s3_access_key.get_secret_value() or None,
            aws_secret_access_key=self._settings.s3_secret_key.get_secret_value() or None,
            config=Config(
                connect_timeout=1,
                read_timeout=read_timeout,
                retries={"total_max_attempts": attempts, "mode": "standard"},
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                max_pool_connections=THREADS,
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        return client


async def publish_blob(
    database: Database,
    store: ObjectStore,
    account_id: str,
    path: Path,
    sha256: str,
    size: int,
    mime_type: str,
    *,
    quota: int | None = None,
) -> bool:
    """Have an account's bytes in the store under their digest; True if they had to be put.

    Harmless to repeat, at any point, beside itself and beside a purge. With a ``quota`` in bytes: raises
    ``QuotaExceeded``. Whoever calls this names the bytes in a file's row within the hour, or while the job is open.
    """
    while True:
        async with database.transaction() as session:
            blobs = Blobs(session)
            if quota is not None:
                await blobs.check_quota(account_id, sha256, size, quota)
            if await blobs.reserve(account_id, sha256, size):
                return False
        await store.put_file(blob_key(account_id, sha256), path, mime_type)
        async with database.transaction() as session:
            if await Blobs(session).stored(account_id, sha256):
                return True


@dataclass(frozen=True)
class LocalBlob:
    """Bytes on this machine that an account is to have in the store. ``size`` in bytes."""

    path: Path
    sha256: str
    size: int
    mime_type: str


async def publish_blobs(database: Database, store: ObjectStore, account_id: str, blobs: "list[LocalBlob]") -> None:
    """``publish_blob`` for many at once, in the order of their digests, so that no two wait for each other."""
    left = {blob.sha256: blob for blob in blobs}
    while left:
        missing = []
        async with database.transaction() as session:
            for sha256, blob in sorted(left.items()):
                if not await Blobs(session).reserve(account_id, sha256, blob.size):
                    missing.append(blob)
        if not missing:
            return
        puts = (store.put_file(blob_key(account_id, each.sha256), each.path, each.mime_type) for each in missing)
        await asyncio.gather(*puts)
        async with database.transaction() as session:
            left = {each.sha256: each for each in missing if not await Blobs(session).stored(account_id, each.sha256)}


@contextmanager
def _translated() -> "Iterator[None]":
    """Gives the failures of boto3 our names; what is a mistake of ours (a denied key) passes through."""
    try:
        yield
    except LOST as error:
        raise Unavailable(part=PART, retry_after=RETRY_AFTER) from error
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise NotFound(what="object") from error
        if status >= 500 or status == 429:
            raise Unavailable(part=PART, retry_after=RETRY_AFTER) from error
        raise
