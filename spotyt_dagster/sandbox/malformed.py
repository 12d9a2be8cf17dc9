"""Responses that a fault has malformed: another shape, an odd value, endless or far too large.

Responses with an error status are not made here: what they say is each API's own business.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache, partial
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from spotyt_dagster.sandbox.faults import Fault

#: Seconds between the bytes of an answer that drips: often enough that no read times out.
DRIP_S = 1.0
#: Sizes of a body that is too large, in MiB: as it is sent, and once unpacked.
HUGE_MIB = 200
BOMB_MIB = 1024
#: Brackets in each other. Python's parser of JSON ends in a RecursionError far before.
NESTED_DEEP = 100_000

_MIB = 2**20
#: Keeps the middleware from compressing what is sent.
_UNCOMPRESSED = {"Content-Encoding": "identity"}
_JSON = "application/json"


def malformed(fault: Fault | None, response: Response) -> Response:
    """A response as it is sent under a fault.

    Args:
        fault: of this call, if any.
        response: what the service would answer.

    Returns:
        `response` itself if it is a refusal already or the fault is not one of `MALFORMING`.
    """
    if fault is None or fault not in MALFORMING or response.status_code != 200:
        return response
    return MALFORMING[fault](response)


def _half(response: Response) -> Response:
    half = bytes(response.body[: len(response.body) // 2])
    return Response(half, response.status_code, media_type=_JSON)


def _json(body: Any, _: Response) -> Response:
    return JSONResponse(body)


def _nested(_: Response) -> Response:
    return Response("[" * NESTED_DEEP, media_type=_JSON)


def _of_other_ids(response: Response) -> Response:
    """As many entities as were found, none of which was requested, and a token for more."""
    body = json.loads(bytes(response.body))
    others = [{"id": f"another{number}"} for number, _ in enumerate(_entities(body))]
    if "artists" in body:
        return JSONResponse({"artists": others})
    if "items" in body:
        return JSONResponse({"items": others, "nextPageToken": "again"})
    return JSONResponse(body | {"id": "another"})


def _with_count(value: str | int | float, response: Response) -> Response:
    """The first entity that shows a count has this one instead; YouTube's counts are texts."""
    body = json.loads(bytes(response.body))
    for entity in _entities(body):
        for part, name in (
            ("statistics", "viewCount"),
            ("statistics", "subscriberCount"),
            ("followers", "total"),
        ):
            if name in entity.get(part, {}):
                entity[part][name] = str(value) if part == "statistics" else value
                return JSONResponse(body)
    return JSONResponse(body)


def _with_part(part: str, value: Any, response: Response) -> Response:
    """The first entity that has this part has this value there instead."""
    body = json.loads(bytes(response.body))
    for entity in _entities(body):
        if part in entity:
            entity[part] = value
            break
    return JSONResponse(body)


def _entities(body: dict[str, Any]) -> list[dict[str, Any]]:
    listed = body.get("items") or body.get("artists") or [body]
    return [one for one in listed if one is not None]


def _dripping(_: Response) -> Response:
    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(DRIP_S)

    return StreamingResponse(drops(), headers=_UNCOMPRESSED, media_type=_JSON)


def _huge(_: Response) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(HUGE_MIB):
            yield b" " * _MIB

    return StreamingResponse(pieces(), headers=_UNCOMPRESSED, media_type=_JSON)


def _bomb(_: Response) -> Response:
    return Response(_packed_spaces(), headers={"Content-Encoding": "gzip"}, media_type=_JSON)


@cache
def _packed_spaces() -> bytes:
    # Members of a gzip file unpack to one whole, so that a gigabyte is packed in no time.
    member = 16
    return gzip.compress(b" " * member * _MIB, compresslevel=9) * (BOMB_MIB // member)


#: Faults under which the service answers 200 and the answer does not arrive as it was.
MALFORMING: Mapping[Fault, Callable[[Response], Response]] = {
    Fault.TRUNCATED: _half,
    Fault.ERROR_WITH_200: partial(_json, {"error": {"code": 503, "message": "try later"}}),
    Fault.NO_LIST: partial(_json, {"kind": "youtube#videoListResponse"}),
    Fault.EMPTY_OBJECT: partial(_json, {}),
    Fault.JSON_NULL: partial(_json, None),
    Fault.JSON_LIST: partial(_json, []),
    Fault.DEEP_NESTING: _nested,
    Fault.OTHER_IDS: _of_other_ids,
    Fault.COUNT_AS_TEXT: partial(_with_count, "1.2M"),
    Fault.COUNT_BEYOND_INT64: partial(_with_count, 2**63),
    Fault.COUNT_WITH_FRACTION: partial(_with_count, 1.5),
    Fault.COUNT_NEGATIVE: partial(_with_count, -3),
    Fault.STATISTICS_NULL: partial(_with_part, "statistics", None),
    Fault.FLAG_AS_TEXT: partial(_with_part, "status", {"madeForKids": "yes"}),
    Fault.DRIPPING_BODY: _dripping,
    Fault.HUGE_BODY: _huge,
    Fault.GZIP_BOMB: _bomb,
}
