"""Which tracks are children's music."""

#: The study flagged 10 rows of 15,723 as children's music, all by CoComelon, whose channel
#: "Cocomelon - Nursery Rhymes" is the only one of the official rows with these two words in its
#: name. Wider rules ("kids songs") would also take Super Simple Songs and The Kiboomers, 20 rows
#: that the study kept; where YouTube's own madeForKids was crawled, it decides instead.
CHILDRENS_WORDS = "nursery rhymes"


def is_childrens_channel(channel: str | None) -> bool:
    """Whether a channel's name marks children's music, for rows without YouTube's madeForKids."""
    return channel is not None and CHILDRENS_WORDS in channel.lower()
