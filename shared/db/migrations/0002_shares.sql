-- A key that lets whoever holds it look at one job. Only its hash is kept.
CREATE TABLE shares (
  key_hash bytea PRIMARY KEY CHECK (length(key_hash) = 32),
  job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  created_by uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX shares_job ON shares (job_id, created_at);

-- The token that a used one was traded for: while that one is unused, its answer may have been lost.
ALTER TABLE refresh_tokens ADD COLUMN successor uuid;

-- What a chunk took is looked up from the newest on.
CREATE INDEX parts_finished ON parts (finished_at DESC) WHERE state = 'done';
