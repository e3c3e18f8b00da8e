-- The newest marks when a training gathered what it learned from, so that "marks since the last training" needs no clock: local
-- times run twice through the hour in which summer time ends. NULL: trained before these were kept.

ALTER TABLE classifiers ADD COLUMN clips_seen INTEGER; -- processed.id
ALTER TABLE classifiers ADD COLUMN hard_negatives_seen INTEGER;
ALTER TABLE classifiers ADD COLUMN unsure_seen INTEGER;
