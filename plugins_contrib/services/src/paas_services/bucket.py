"""Backups in a store that speaks S3, through boto3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from paas import InvalidValue, PaasError

from .streams import Stream

PART = 8 * 2**20
"""Bytes of a part, one of which is in memory at a time; a store takes 10,000 parts."""
SIGNATURES = {"": "s3v4", "v4": "s3v4", "s3v4": "s3v4", "v2": "s3", "s3": "s3"}


@dataclass(frozen=True)
class Auth:
    """How a store lets us in.

    Attributes:
        signature: `v4`, or `v2` for old stores.
        endpoint: URL of the store; empty for Amazon's.
    """

    key: str
    secret: str
    region: str = ""
    signature: str = ""
    endpoint: str = ""


@dataclass(frozen=True)
class Bucket:
    """A place in a bucket.

    Attributes:
        prefix: What the keys begin with: empty, or with a slash at its end.
        auth: None for what the machine itself is given (IAM).
    """

    bucket: str
    prefix: str
    auth: Auth | None

    def write(self, name: str, stream: Stream) -> None:
        """Store a stream: whole, or not at all. An upload that fails is given up, and its parts with it.

        Raises:
            PaasError: It isn't whole, or the store refused.
        """
        from boto3.s3.transfer import TransferConfig

        parts = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False)
        with self._asking("stored") as client:
            client.upload_fileobj(stream, self.bucket, self.prefix + name, Config=parts)

    def clear(self, prefix: str) -> None:
        """Nothing is there of an upload that was killed, but parts that the store gives up by its own rules."""

    @contextmanager
    def read(self, name: str) -> Iterator[Any]:
        with self._asking("read") as client:
            yield client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"]

    def sizes(self) -> dict[str, int]:
        """The names of what is there, with their bytes."""
        with self._asking("listed") as client:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            found = {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", ())}
        names = {key.removeprefix(self.prefix): size for key, size in found.items()}
        return {name: size for name, size in names.items() if name and "/" not in name}

    def remove(self, name: str) -> None:
        with self._asking("removed") as client:
            client.delete_object(Bucket=self.bucket, Key=self.prefix + name)

    @contextmanager
    def _asking(self, what: str) -> Iterator[Any]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield _client(self.auth)
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise PaasError(
                f"Backups in {self.bucket}/{self.prefix} can't be {what}: {error}",
                hint="See whether the bucket, the endpoint and the keys are right: backup-auth sets them.",
            ) from error


@lru_cache(maxsize=1)
def _client(auth: Auth | None) -> Any:
    """A client for a store; each takes 15 MB, so it is made once."""
    import boto3
    from botocore.config import Config

    given = auth or Auth("", "")
    settings = Config(
        signature_version=SIGNATURES[given.signature],
        connect_timeout=10,
        read_timeout=60,
        retries={"max_attempts": 4, "mode": "standard"},
        s3={"addressing_style": "path" if given.endpoint else "auto"},
        # Stores other than Amazon's don't know the checksums that boto3 would add.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    keys = {"aws_access_key_id": given.key, "aws_secret_access_key": given.secret} if auth else {}
    return boto3.session.Session(region_name=given.region or "us-east-1", **keys).client(
        "s3", endpoint_url=given.endpoint or None, config=settings
    )


def checked(auth: Auth) -> Auth:
    """How a store lets us in.

    Raises:
        InvalidValue: Something of it can't be.
    """
    for what, value in (("key id", auth.key), ("secret", auth.secret)):
        if not value or not all("!" <= character <= "~" for character in value):
            raise InvalidValue(f"The {what} can't be used.", hint="Use printable ASCII characters without spaces.")
    if auth.signature not in SIGNATURES:
        raise InvalidValue(f"{auth.signature!r} is no version of a signature.", hint="Use v4, or v2 for old stores.")
    if not all(character.isalnum() or character == "-" for character in auth.region):
        raise InvalidValue(f"{auth.region!r} can't be a region.", hint="Such as eu-central-1.")
    if auth.endpoint and not _is_url(auth.endpoint):
        raise InvalidValue(f"{auth.endpoint!r} can't be an endpoint.", hint="Write a URL: https://s3.example.com")
    return auth


def _is_url(text: str) -> bool:
    try:
        found = urlsplit(text)
        known = re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", text)
        return bool(known and found.hostname) and found.port != 0
    except ValueError:
        return False
