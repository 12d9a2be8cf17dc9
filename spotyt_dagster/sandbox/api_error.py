"""A refusal of either service; its form is each API's own business."""

from typing import Any


class ApiError(Exception):
    """A refusal as it goes over the wire.

    Attributes:
        status: HTTP status.
        body: an object to be sent as JSON, or text to be sent as it is.
        headers: further HTTP headers.
    """

    def __init__(
        self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None
    ):
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}
