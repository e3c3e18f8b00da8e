-- Going back to an earlier classifier copies it to be the newest, so that no history is lost; the copy says whose it is.

ALTER TABLE classifiers ADD COLUMN copy_of INTEGER; -- the version that was trained; NULL: this one was
