import type { ColumnType, Generated } from 'kysely';
import type { JobState } from '#shared/domain/job.ts';
import type { Role } from '#shared/domain/user.ts';

/** JSON goes in as text (`JSON.stringify`; the driver would make an array a PostgreSQL array) and comes out parsed. */
type Json = ColumnType<unknown, string, string>;
type NullableJson = ColumnType<unknown, string | null | undefined, string | null>;
type JsonWithDefault = ColumnType<unknown, string | undefined, string>;
type NullableTime = ColumnType<Date | null, Date | null | undefined, Date | null>;
/** Written and read by functions of PostGIS. */
type Geometry = ColumnType<unknown, string, string>;

export interface Schema {
  users: UserTable;
  refresh_tokens: RefreshTokenTable;
  login_failures: LoginFailureTable;
  jobs: JobTable;
  idempotency_keys: IdempotencyKeyTable;
  parts: PartTable;
  job_parts: JobPartTable;
  events: EventTable;
  shares: ShareTable;
  messages: MessageTable;
  schedules: ScheduleTable;
  schema_migrations: SchemaMigrationTable;
}

interface UserTable {
  id: Generated<string>;
  name: string;
  role: Role;
  password_hash: string;
  disabled: Generated<boolean>;
  created_at: Generated<Date>;
}

interface RefreshTokenTable {
  id: Generated<string>;
  family: string;
  user_id: string;
  token_hash: Buffer;
  expires_at: Date;
  used_at: NullableTime;
  revoked_at: NullableTime;
  successor: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: Generated<Date>;
}

interface LoginFailureTable {
  id: Generated<number>;
  subject: string;
  at: Generated<Date>;
}

interface JobTable {
  id: Generated<string>;
  owner: string;
  state: Generated<JobState>;
  source: string;
  request: Json;
  aoi: Geometry;
  phase: string | null;
  attempt: Generated<number>;
  counts: Generated<boolean>;
  lease: Generated<number>;
  leased_until: NullableTime;
  tries: Generated<number>;
  broken: JsonWithDefault;
  error: NullableJson;
  summary: NullableJson;
  scenes: number | null;
  chunks: number | null;
  parts_left: ColumnType<number | null, number | null | undefined, number | null>;
  created_at: Generated<Date>;
  started_at: NullableTime;
  finished_at: NullableTime;
  deleted_at: NullableTime;
  expired_at: NullableTime;
  swept_at: NullableTime;
}

interface IdempotencyKeyTable {
  owner: string;
  key: string;
  body_hash: Buffer;
  job_id: string | null;
  created_at: Generated<Date>;
}

interface PartTable {
  key: string;
  state: Generated<'waiting' | 'leased' | 'done' | 'failed'>;
  box: Geometry;
  lease: Generated<number>;
  leased_by: string | null;
  leased_until: NullableTime;
  tries: Generated<number>;
  scene_reads: number;
  scenes_read: Generated<number>;
  enqueued_at: NullableTime;
  error: NullableJson;
  record: NullableJson;
  created_at: Generated<Date>;
  finished_at: NullableTime;
}

interface JobPartTable {
  job_id: string;
  position: number;
  part_key: string;
}

interface EventTable {
  seq: Generated<number>;
  job_id: string;
  type: string;
  data: Json;
  at: Generated<Date>;
}

interface ShareTable {
  key_hash: Buffer;
  job_id: string;
  created_by: string;
  created_at: Generated<Date>;
  expires_at: Date;
  revoked_at: NullableTime;
}

interface MessageTable {
  id: Generated<number>;
  queue: string;
  body: Json;
  visible_at: Generated<Date>;
  receipt: string | null;
  receives: Generated<number>;
  sent_at: Generated<Date>;
}

interface ScheduleTable {
  name: string;
  last_run: Date;
}

interface SchemaMigrationTable {
  version: number;
  name: string;
  applied_at: Generated<Date>;
}
