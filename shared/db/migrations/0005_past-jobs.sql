-- Lists read the newest first and stop; what is deleted is in none of them.
CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX jobs_of_state ON jobs (state, created_at DESC, id DESC) WHERE deleted_at IS NULL;

-- What the last jobs of a source took, for quotes.
CREATE INDEX jobs_successful ON jobs (source, finished_at DESC) WHERE state = 'successful';

-- Retention: deleted jobs whose files are still there, cancelled and deleted jobs whose parts may be, and parts that
-- were never finished: few beside all that ever was.
CREATE INDEX jobs_deleted ON jobs (deleted_at) WHERE deleted_at IS NOT NULL AND expired_at IS NULL;
CREATE INDEX jobs_unwanted ON jobs (finished_at) WHERE (state = 'dismissed' OR deleted_at IS NOT NULL) AND swept_at IS NULL;
CREATE INDEX parts_unfinished ON parts (key) WHERE state IN ('waiting', 'failed');
