"""The S3 store: SeaweedFS as one process on loopback, its inner ports closed to all who lack our certificate."""

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .authority import Certificates
from .binaries import script
from .keys import Keys, private_folder, write_private
from .ports import LOOPBACK, Ports
from .program import Program

MEMORY = {"GOMEMLIMIT": "200MiB", "GOGC": "50"}
INNER = ("master", "volume", "filer")
SERVERS = (*INNER, "s3")


class ObjectStoreServer:
    """One store in ``folder``. Its S3 port is the only one meant to be used."""

    def __init__(self, folder: Path, port: int, ports: Ports, keys: Keys, files: Certificates) -> None:
        self._folder = folder
        self._port = port
        self._inner = {f"{name}.port": ports.claim(f"s3_{name}") for name in INNER}
        self._inner |= {f"{name}.port.grpc": ports.claim(f"s3_{name}_grpc") for name in SERVERS}
        self._keys = keys
        self._certificates = files
        self.access_key = keys.get("s3_access")[:20]
        self.secret_key = keys.get("s3_secret")

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def program(self) -> Program:
        """Start with ``configure`` done."""
        return Program(
            name="s3",
            argv=[script("weed"), "-logtostderr=true", "server", *self._flags()],
            environment={"PATH": os.defpath, "HOME": str(self._folder), "TMPDIR": str(self._folder), **MEMORY},
            folder=self._folder,
            ready=self._ready,
            prepare=self._sweep,
            clean=self._sweep,
        )

    def _sweep(self) -> None:
        """Remove the socket files that the server makes in the system's folder for temporary files and forgets."""
        for port in self._inner.values():
            for socket in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)

    def configure(self) -> None:
        """Write keys and certificates where the server looks for them: its working directory."""
        private_folder(self._folder)
        private_folder(self._folder / "data")
        identity = {
            "name": "workshop",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        write_private(self._folder / "s3.json", json.dumps({"identities": [identity]}))
        write_private(self._folder / "security.toml", security(self._keys, self._certificates))

    def create_bucket(self, name: str) -> None:
        """Make the bucket, unless it is there."""
        client = self._client()
        if name not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=name)

    def _flags(self) -> list[str]:
        inner = [f"-{flag}={port}" for flag, port in self._inner.items()]
        return [
            *("-dir=data", f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}", f"-s3.port={self._port}", *inner),
            *("-s3.config=s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false"),
            *("-filer.localSocket=filer.sock", "-s3.localSocket=s3.sock"),
            *("-filer", "-s3", "-master.telemetry=false", "-master.volumeSizeLimitMB=128", "-volume.max=0"),
            *("-master.peers=none", "-volume.preStopSeconds=0"),
        ]

    def _client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(connect_timeout=1, read_timeout=5, retries={"max_attempts": 0}),
        )

    async def _ready(self) -> bool:
        return await asyncio.to_thread(self._answers)

    def _answers(self) -> bool:
        try:
            self._client().list_buckets()
        except (BotoCoreError, ClientError):
            return False
        return True


def security(keys: Keys, files: Certificates) -> str:
    """SeaweedFS's ``security.toml``: signed HTTP requests and certificates on both sides, for every inner server."""
    jwt = {
        "jwt.signing": "s3_jwt_write",
        "jwt.signing.read": "s3_jwt_read",
        "jwt.filer_signing": "s3_jwt_filer_write",
        "jwt.filer_signing.read": "s3_jwt_filer_read",
    }
    signing = [f'[{section}]\nkey = "{keys.get(name)}"\nexpires_after_seconds = 60' for section, name in jwt.items()]
    pair = f'cert = "{files.certificate}"\nkey = "{files.key}"'
    grpc = [f"[grpc.{name}]\n{pair}" for name in (*SERVERS, "client")]
    https = [f'[https.{name}]\n{pair}\nca = "{files.authority}"' for name in INNER]
    client = f'[https.client]\nenabled = true\n{pair}\nca = "{files.authority}"'
    return "\n".join([*signing, f'[grpc]\nca = "{files.authority}"', *grpc, *https, client, ""])
