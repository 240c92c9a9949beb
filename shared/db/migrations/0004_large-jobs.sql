-- Parts of a job's plan that are not done, so that nobody counts them at every completion; null for older plans.
ALTER TABLE jobs ADD COLUMN parts_left integer;

-- What is not done yet, for whoever looks for work that was lost: few beside all that ever was.
CREATE INDEX parts_open ON parts (key) WHERE state IN ('waiting', 'leased');

-- Messages that came back, for the dead-letter queue: few beside all that wait.
CREATE INDEX messages_received ON messages (queue, visible_at) WHERE receives > 0;
