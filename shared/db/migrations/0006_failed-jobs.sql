-- Failed and cancelled jobs whose files are still there: retention gives them up as well.
CREATE INDEX jobs_without_result ON jobs (finished_at) WHERE state IN ('failed', 'dismissed') AND expired_at IS NULL;
