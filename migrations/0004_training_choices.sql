-- What a profile was last trained on with a model: the Train panel begins with it again. A table of its own rather than
-- settings, because it is copied, renamed and deleted with its profile.

CREATE TABLE training_choices (
    profile TEXT NOT NULL,
    model   TEXT NOT NULL,
    choices TEXT NOT NULL, -- JSON
    PRIMARY KEY (profile, model)
) WITHOUT ROWID;
