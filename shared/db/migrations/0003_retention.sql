-- When a job's files were given up, because of their age or for want of room; they are removed a little later.
ALTER TABLE jobs ADD COLUMN expired_at timestamptz;
-- When they had all been removed.
ALTER TABLE jobs ADD COLUMN swept_at timestamptz;
CREATE INDEX jobs_kept ON jobs (finished_at) WHERE state = 'successful' AND expired_at IS NULL;
CREATE INDEX jobs_unswept ON jobs (expired_at) WHERE expired_at IS NOT NULL AND swept_at IS NULL;

-- What was finished longest ago is looked at first.
CREATE INDEX parts_done ON parts (finished_at) WHERE state = 'done';
