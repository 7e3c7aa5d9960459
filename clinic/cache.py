"""The cache in Redis. It makes pages faster: without it they are slower, never wrong and never an error."""

import json
import logging
from time import monotonic
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Seconds. A Redis that hangs must not hold up each request anew.
LEFT_ALONE = 30


class JsonSerializer:
    """Instead of pickle: whoever can write to Redis could run code here by it."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class ForgivingRedisCache(RedisCache):
    """Reads and keeps nothing while Redis is away. Holds what JSON can say: a tuple becomes a list."""

    _away_until = 0.0

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        if self._is_away():
            return default
        try:
            return super().get(key, default, version)
        except (RedisError, ValueError):
            self._note_away()
            return default

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        if self._is_away():
            return
        try:
            super().set(key, value, *args, **kwargs)
        except RedisError:
            self._note_away()

    # Of the class: each thread has a cache of its own.
    def _is_away(self) -> bool:
        return monotonic() < ForgivingRedisCache._away_until

    def _note_away(self) -> None:
        ForgivingRedisCache._away_until = monotonic() + LEFT_ALONE
        logger.warning("The cache is away; pages do without it for %s seconds.", LEFT_ALONE)
