"""YouTube's resources as JSON: videos, channels, comment threads, part by part.

Shapes are those of the discovery document `youtube.v3` that Google's Python client ships; the
contract tests walk it.
"""

import html
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

from spotyt_dagster.sandbox.comments import Comment, Thread
from spotyt_dagster.sandbox.world import Channel, Video

#: Category "Music".
_MUSIC = "10"


def video_item(video: Video, parts: list[str], day: date) -> dict[str, Any]:
    """youtube#video with the parts snippet, statistics and status.

    Counts are text; the key of a hidden one is absent.
    """
    item: dict[str, Any] = _head("youtube#video", video.id, day)
    if "snippet" in parts:
        item["snippet"] = {
            "publishedAt": _instant(video.published),
            "channelId": video.channel_id,
            "title": video.title,
            "description": "",
            "thumbnails": {"default": _thumbnail(f"vi/{video.id}/default.jpg", 120, 90)},
            "channelTitle": video.channel_title,
            "categoryId": _MUSIC,
            "liveBroadcastContent": "none",
            "localized": {"title": video.title, "description": ""},
        }
    if "statistics" in parts:
        item["statistics"] = {"favoriteCount": "0", **_counts(video)}
    if "status" in parts:
        item["status"] = {
            "uploadStatus": "processed",
            "privacyStatus": "public",
            "license": "youtube",
            "embeddable": True,
            "publicStatsViewable": True,
            "madeForKids": video.made_for_kids,
        }
    return item


def video_stats_item(video: Video, parts: list[str], day: date) -> dict[str, Any]:
    """youtube#videoStats with the parts snippet (publishTime, no channelId) and statistics."""
    item: dict[str, Any] = _head("youtube#videoStats", video.id, day)
    if "snippet" in parts:
        item["snippet"] = {"publishTime": _instant(video.published)}
    if "statistics" in parts:
        item["statistics"] = _counts(video)
    return item


def channel_item(channel: Channel, parts: list[str], day: date) -> dict[str, Any]:
    """youtube#channel with the parts snippet and statistics; hidden subscribers have no count."""
    item: dict[str, Any] = _head("youtube#channel", channel.id, day)
    if "snippet" in parts:
        item["snippet"] = {
            "title": channel.title,
            "description": "",
            "publishedAt": _instant(channel.published),
            "thumbnails": {"default": _thumbnail(f"ytc/{channel.id}=s88", 88, 88)},
            "localized": {"title": channel.title, "description": ""},
        }
    if "statistics" in parts:
        statistics = {
            "viewCount": str(channel.views),
            "hiddenSubscriberCount": channel.subscribers is None,
            "videoCount": str(channel.videos),
        }
        if channel.subscribers is not None:
            statistics["subscriberCount"] = str(channel.subscribers)
        item["statistics"] = statistics
    return item


def thread_item(video: Video, thread: Thread, parts: list[str], plain: bool) -> dict[str, Any]:
    """youtube#commentThread with the parts snippet and replies; likes and replies are numbers."""
    top = thread.top
    item: dict[str, Any] = {
        "kind": "youtube#commentThread",
        "etag": etag(f"thread {top.id}"),
        "id": top.id,
    }
    if "snippet" in parts:
        item["snippet"] = {
            "channelId": video.channel_id,
            "videoId": video.id,
            "topLevelComment": _comment_item(video, top, plain),
            "canReply": True,
            "totalReplyCount": thread.reply_count,
            "isPublic": True,
        }
    if "replies" in parts and thread.replies:
        replies = [_comment_item(video, reply, plain, top.id) for reply in thread.replies]
        item["replies"] = {"comments": replies}
    return item


def etag(content: str) -> str:
    """A fingerprint of the length of YouTube's."""
    return urlsafe_b64encode(blake2b(content.encode(), digest_size=20).digest()).decode()[:27]


def _comment_item(
    video: Video, comment: Comment, plain: bool, parent: str | None = None
) -> dict[str, Any]:
    author_channel = f"UC{comment.author:022d}"
    # The default format is HTML: entities and <br>, as in every crawler's first puzzled look.
    shown = comment.text if plain else html.escape(comment.text, False).replace("\n", "<br>")
    snippet = {
        "channelId": video.channel_id,
        "videoId": video.id,
        "textDisplay": shown,
        "textOriginal": comment.text,
        "authorDisplayName": f"@listener-{comment.author}",
        "authorProfileImageUrl": f"https://yt3.ggpht.com/ytc/{comment.author}=s48",
        "authorChannelUrl": f"http://www.youtube.com/channel/{author_channel}",
        "authorChannelId": {"value": author_channel},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": comment.likes,
        "publishedAt": _instant(comment.published),
        "updatedAt": _instant(comment.published),
    }
    if parent:
        snippet["parentId"] = parent
    return {
        "kind": "youtube#comment",
        "etag": etag(f"comment {comment.id}"),
        "id": comment.id,
        "snippet": snippet,
    }


def _head(kind: str, id_: str, day: date) -> dict[str, Any]:
    return {"kind": kind, "etag": etag(f"{kind} {id_} {day}"), "id": id_}


def _counts(video: Video) -> dict[str, str]:
    counts = {"viewCount": str(video.views)}
    if video.likes is not None:
        counts["likeCount"] = str(video.likes)
    if video.comments is not None:
        counts["commentCount"] = str(video.comments)
    return counts


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _thumbnail(path: str, width: int, height: int) -> dict[str, Any]:
    return {"url": f"https://i.ytimg.com/{path}", "width": width, "height": height}
