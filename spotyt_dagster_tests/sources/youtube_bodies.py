"""YouTube's answers in their own form."""

from spotyt_dagster_tests.sources.fake_server import Reply

VIDEO = {
    "id": "v0000000020",
    "snippet": {"publishedAt": "2019-03-04T05:06:07Z", "channelId": "UCx"},
    "statistics": {"viewCount": "12345678901", "likeCount": "7", "commentCount": "0"},
    "status": {"madeForKids": False},
}


def error(code: int, reason: str = "", message: str = "", *, details=(), **more) -> Reply:
    """A refusal in YouTube's form."""
    body = {"code": code, "message": message, **more}
    if reason:
        body["errors"] = [{"reason": reason, "message": message, "domain": "global"}]
    if details:
        body["details"] = list(details)
    return Reply({"error": body}, code)


def detail(reason: str, **metadata: str) -> dict:
    """An entry of a refusal's details."""
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason,
            "metadata": metadata}  # fmt: skip
