"""What happens by itself after a crawl."""

import dagster as dg

#: Tables follow every batch that a crawl brings in, without waiting for the batches still missing
#: (`eager` would: with one day's quota of four batches' worth it might wait for days).
AFTER_A_CRAWL = dg.AutomationCondition.eager().without(~dg.AutomationCondition.any_deps_missing())

#: Models and report follow once a day, after the night's crawl (00:15) and its tables: fitting
#: them after each of the night's batches would spend minutes on numbers that change again at once.
DAILY_AFTER_THE_CRAWL = dg.AutomationCondition.on_cron("0 5 * * *", "America/Los_Angeles")

#: Off until someone turns it on in the UI: a newcomer's machine does nothing unasked.
SENSOR = dg.AutomationConditionSensorDefinition(
    "after_a_crawl", target=dg.AssetSelection.all(), default_status=dg.DefaultSensorStatus.STOPPED
)
