"""The form of YouTube's refusals; when it refuses is `youtube_api.py`'s and `app.py`'s."""

from functools import partial
from typing import Any

from spotyt_dagster.sandbox.api_error import ApiError
from spotyt_dagster.sandbox.faults import (
    LONG_RETRY_AFTER_S,
    RETRY_AFTER_S,
    Fault,
)

_SERVICE = "youtube.googleapis.com"
_PROJECT = "projects/100000000000"


def _error(
    code: int,
    reason: str,
    message: str,
    *,
    domain: str = "global",
    status: str = "",
    location: str = "",
    details: list[dict[str, Any]] | None = None,
    retry_after: int | None = None,
) -> ApiError:
    entry = {"message": message, "domain": domain, "reason": reason}
    if location:
        entry |= {"location": location, "locationType": "parameter"}
    error: dict[str, Any] = {"code": code, "message": message, "errors": [entry]}
    if status:
        error["status"] = status
    if details:
        error["details"] = details
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return ApiError(code, {"error": error}, headers)


def _error_info(reason: str, **metadata: str) -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": _SERVICE, **metadata},
    }


def no_key() -> ApiError:
    """403: the request has no key."""
    return _error(
        403,
        "forbidden",
        "Method doesn't allow unregistered callers (callers without established identity). Please "
        "use API Key or other form of API consumer identity to call this API.",
        status="PERMISSION_DENIED",
    )


def bad_key() -> ApiError:
    """400: the key is not one that was issued."""
    return _error(
        400,
        "badRequest",
        "API key not valid. Please pass a valid API key.",
        status="INVALID_ARGUMENT",
        details=[_error_info("API_KEY_INVALID")],
    )


def quota_exceeded() -> ApiError:
    """403: the day's units of the classic bucket are used up."""
    return _error(
        403,
        "quotaExceeded",
        "The request cannot be completed because you have exceeded your "
        '<a href="/youtube/v3/getting-started#quota">quota</a>.',
        domain="youtube.quota",
    )


def daily_limit_exceeded() -> ApiError:
    """403: the same in the older form."""
    return _error(403, "dailyLimitExceeded", "Daily Limit Exceeded", domain="usageLimits")


def bucket_exceeded(bucket: str, daily_units: int) -> ApiError:
    """429: the day's units of one of the newer buckets are used up."""
    message = (
        f"Quota exceeded for quota metric '{bucket}' and limit '{bucket} per day' of service "
        f"'{_SERVICE}' for consumer '{_PROJECT.replace('projects/', 'project_number:')}'."
    )
    info = _error_info(
        "RATE_LIMIT_EXCEEDED",
        consumer=_PROJECT,
        quota_limit=f"{bucket}PerDayPerProject",
        quota_limit_value=str(daily_units),
        quota_location="global",
        quota_metric=f"{_SERVICE}/{bucket}",
        quota_unit="1/d/{project}",
    )
    return _error(429, "rateLimitExceeded", message, status="RESOURCE_EXHAUSTED", details=[info])


def unknown_parameter(name: str) -> ApiError:
    """400: the method has no such parameter. Its details have no reason, unlike `bad_key`'s."""
    violation = (
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
        f"Field '{name}' could not be found in request message."
    )
    details = [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"description": violation}],
        }
    ]
    return _error(400, "badRequest", violation, status="INVALID_ARGUMENT", details=details)


def missing_parameter(name: str) -> ApiError:
    """400: a required parameter is absent."""
    return _error(
        400, "required", f"Required parameter: {name}", location=name, status="INVALID_ARGUMENT"
    )


def no_filter(expected: str) -> ApiError:
    """400: nothing says which resources are wanted."""
    return _error(
        400,
        "missingRequiredParameter",
        f"No filter selected. Expected one of: {expected}",
        domain="youtube.parameter",
        location="parameters.",
    )


def invalid_filters() -> ApiError:
    """400: more ids than the method takes."""
    return _error(
        400,
        "invalidFilters",
        "The request specifies an invalid filter parameter.",
        domain="youtube.parameter",
        location="parameters.",
    )


def incompatible_parameters(first: str, second: str) -> ApiError:
    """400: two parameters that exclude one another."""
    return _error(
        400,
        "incompatibleParameters",
        f"Incompatible parameters specified in the request: {first}, {second}",
        domain="youtube.parameter",
        location="parameters.",
    )


def unknown_part(part: str) -> ApiError:
    """400: the resource has no such part here."""
    return _error(400, "unknownPart", f"'{part}'", domain="youtube.part", location="part")


def invalid_value(name: str, value: str, expected: str) -> ApiError:
    """400: a parameter's value is out of its range."""
    return _error(400, "invalidParameter", f"Invalid value '{value}'. {expected}", location=name)


def invalid_page_token(token: str) -> ApiError:
    """400: a page token that no answer gave out."""
    return _error(
        400,
        "invalidPageToken",
        f"The request specifies an invalid page token: {token}",
        domain="youtube.parameter",
        location="pageToken",
    )


def comments_disabled() -> ApiError:
    """403: the video's comment section is closed."""
    return _error(
        403,
        "commentsDisabled",
        'The video identified by the <code><a href="/youtube/v3/docs/commentThreads/list#videoId">'
        "videoId</a></code> parameter has disabled comments.",
        domain="youtube.commentThread",
        location="videoId",
    )


def video_not_found() -> ApiError:
    """404: there is no such video to read comments of."""
    return _error(
        404,
        "videoNotFound",
        'The video identified by the <code><a href="/youtube/v3/docs/commentThreads/list#videoId">'
        "videoId</a></code> parameter could not be found.",
        domain="youtube.commentThread",
        location="videoId",
    )


def _short_limit(code: int, reason: str, retry_after: int | None = None) -> ApiError:
    message = "The request cannot be completed because too many were sent in a short time."
    return _error(code, reason, message, domain="usageLimits", retry_after=retry_after)


#: Injected refusals that are transient.
TRANSIENT = {
    Fault.ERROR_500: partial(_error, 500, "backendError", "Backend Error", status="INTERNAL"),
    Fault.ERROR_503: partial(_error, 503, "backendError", "Backend Error", status="UNAVAILABLE"),
    Fault.RATE_LIMITED: partial(_short_limit, 429, "rateLimitExceeded", RETRY_AFTER_S),
    Fault.RATE_LIMITED_BARE: partial(_short_limit, 429, "rateLimitExceeded"),
    Fault.BANNED: partial(_short_limit, 429, "rateLimitExceeded", LONG_RETRY_AFTER_S),
    Fault.RATE_LIMIT_EXCEEDED: partial(_short_limit, 403, "rateLimitExceeded"),
    Fault.TIMEOUT_408: partial(_error, 408, "", "Request Timeout"),
    Fault.CONFLICT_409: partial(_error, 409, "conflict", "Conflict"),
    Fault.PROCESSING_FAILURE: partial(_error, 400, "processingFailure", "Processing failure"),
    Fault.USER_RATE_LIMIT_EXCEEDED: partial(_short_limit, 403, "userRateLimitExceeded"),
}
