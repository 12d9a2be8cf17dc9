"""Comment sections: pages that fit together, threads that stay what they were."""

from datetime import UTC, date, datetime

import pytest

from spotyt_dagster.sandbox.comments import Order
from spotyt_dagster.sandbox.world import World

DAY, LATER = date(2024, 11, 15), date(2026, 11, 25)


@pytest.fixture(scope="module")
def video_id(world: World) -> str:
    """A video with a few hundred comments."""
    videos = [video for id_ in world.video_ids if (video := world.video(id_, LATER))]
    return next(v.id for v in videos if v.comments and 200 < v.comments < 2_000)


def threads(world: World, video_id: str, day: date, order: Order = "relevance", size: int = 100):
    found, start = [], 0
    while True:
        page = world.comment_threads(video_id, day, order=order, start=start, count=size)
        assert page is not None
        found += page.threads
        start += size
        if start >= page.total:
            assert len(found) == page.total
            return found


@pytest.mark.parametrize("order", ["relevance", "time"])
def test_pages_of_any_size_make_the_same_section(world, video_id, order):
    whole = threads(world, video_id, DAY, order)
    assert threads(world, video_id, DAY, order, size=7) == whole
    assert len({thread.top.id for thread in whole}) == len(whole)


def test_both_orders_show_the_same_threads_and_time_is_newest_first(world, video_id):
    by_time = threads(world, video_id, DAY, "time")
    moments = [thread.top.published for thread in by_time]
    assert moments == sorted(moments, reverse=True)
    assert sorted(threads(world, video_id, DAY), key=lambda t: t.top.id) == sorted(
        by_time, key=lambda t: t.top.id
    )


def test_a_later_day_adds_threads_and_changes_none(world, video_id):
    before = threads(world, video_id, DAY)
    after = threads(world, video_id, LATER)
    assert len(after) > len(before)
    # Those of the last hours excepted, whose replies may still be coming in.
    settled = [t for t in before if t.top.published < datetime(2024, 10, 1, tzinfo=UTC)]
    assert len(settled) > 50
    assert set(settled) <= set(after)


def test_comments_lie_between_the_video_and_the_day(world, video_id):
    video = world.video(video_id, DAY)
    end = datetime(2024, 11, 15, 8, tzinfo=UTC)
    for thread in threads(world, video_id, DAY):
        for comment in (thread.top, *thread.replies):
            assert video.published <= comment.published <= end
        assert len(thread.replies) <= min(5, thread.reply_count)


def test_threads_and_replies_come_near_the_comment_count(world, video_id):
    found = threads(world, video_id, DAY)
    counted = sum(1 + thread.reply_count for thread in found)
    assert counted == pytest.approx(world.video(video_id, DAY).comments, rel=0.35)


def test_early_comments_gather_the_likes(world, video_id):
    likes = [thread.top.likes for thread in threads(world, video_id, DAY)]
    assert sum(likes[:10]) > sum(likes[-10:])
