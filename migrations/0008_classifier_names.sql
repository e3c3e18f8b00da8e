-- What a classifier was called, and how far from the examples its background lay, so that two versions can be told apart.

ALTER TABLE classifiers ADD COLUMN name TEXT NOT NULL DEFAULT ''; -- '': it was given none
ALTER TABLE classifiers ADD COLUMN background_margin_s REAL; -- NULL: trained before there was a choice
