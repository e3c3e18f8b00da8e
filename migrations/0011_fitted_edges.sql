-- Where sounds begin and end about each flank of a version's scores, finer than these: two signed bytes for each window, a start and an
-- end, in sixteenths of a hop from the middle of the flank before the window; -128 where there is none. NULL: scanned before these
-- were kept.

ALTER TABLE scans ADD COLUMN edges BLOB;
