-- PostgreSQL 15 + PostGIS 3.3 and PGlite alike. The database is the truth: states, leases, quotas, events.
CREATE EXTENSION IF NOT EXISTS postgis;

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
  role text NOT NULL CHECK (role IN ('admin', 'analyst', 'recruiter')),
  password_hash text NOT NULL,
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- One row per refresh token; a family is one login. A token used twice revokes its family.
CREATE TABLE refresh_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  family uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);

-- Failed logins by name and by address, for the rate limit; old rows are swept.
CREATE TABLE login_failures (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_subject ON login_failures (subject, at);

CREATE TABLE jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner uuid NOT NULL REFERENCES users,
  state text NOT NULL DEFAULT 'accepted' CHECK (state IN ('accepted', 'running', 'successful', 'failed', 'dismissed')),
  source text NOT NULL,
  request jsonb NOT NULL,
  aoi geometry(MultiPolygon, 4326) NOT NULL,
  -- What happens now, for a person: planning, computing, stitching.
  phase text,
  attempt integer NOT NULL DEFAULT 1,
  -- False where the system failed the job: it then counts against no quota.
  counts boolean NOT NULL DEFAULT true,
  error jsonb,
  summary jsonb,
  scenes integer,
  chunks integer,
  -- Scenes that turned out to be broken and are planned around: [{id, reason}].
  broken jsonb NOT NULL DEFAULT '[]',
  -- Planning and stitching are leased like parts; who comes back late is refused.
  lease bigint NOT NULL DEFAULT 0,
  leased_until timestamptz,
  -- How often planning, then stitching, was begun; a step that never ends well is given up.
  tries integer NOT NULL DEFAULT 0,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX jobs_owner ON jobs (owner, created_at DESC, id);
CREATE INDEX jobs_open ON jobs (state) WHERE state IN ('accepted', 'running');
CREATE INDEX jobs_aoi ON jobs USING gist (aoi);

-- A request that was accepted under a key: the same key with the same body answers the same job.
CREATE TABLE idempotency_keys (
  owner uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  key text NOT NULL,
  body_hash bytea NOT NULL,
  job_id uuid REFERENCES jobs,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, key)
);

-- A part is the unit of work; jobs that need the same part share it, so that it is computed once.
CREATE TABLE parts (
  key text PRIMARY KEY,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'done', 'failed')),
  box geometry(Polygon, 4326) NOT NULL,
  -- Grows with every lease; a completion that carries an older one is refused.
  lease bigint NOT NULL DEFAULT 0,
  leased_by text,
  leased_until timestamptz,
  tries integer NOT NULL DEFAULT 0,
  scene_reads integer NOT NULL,
  scenes_read integer NOT NULL DEFAULT 0,
  error jsonb,
  record jsonb,
  -- When a message for it was last sent; the reconciler sends again what waits for too long.
  enqueued_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX parts_leased ON parts (leased_until) WHERE state = 'leased';

CREATE TABLE job_parts (
  job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  position integer NOT NULL,
  part_key text NOT NULL REFERENCES parts,
  PRIMARY KEY (job_id, position)
);
CREATE INDEX job_parts_part ON job_parts (part_key);

-- What happened to a job, in order; server-sent events resume from `seq`.
CREATE TABLE events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  type text NOT NULL,
  data jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_job ON events (job_id, seq);

-- The queue of a deployment without SQS.
CREATE TABLE messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue text NOT NULL,
  body jsonb NOT NULL,
  visible_at timestamptz NOT NULL DEFAULT now(),
  receipt uuid,
  receives integer NOT NULL DEFAULT 0,
  sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX messages_ready ON messages (queue, visible_at, id);

-- The last run of each schedule: a timer that restarts forgets, the database does not.
CREATE TABLE schedules (
  name text PRIMARY KEY,
  last_run timestamptz NOT NULL
);
