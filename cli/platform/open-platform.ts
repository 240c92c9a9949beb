import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverEnvironment, type PlatformSettings } from '#shared/config/platform-settings.ts';
import type { Product } from '#shared/config/product.ts';
import type { Settings } from '#shared/config/settings.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { newPasswordSchema } from '#shared/domain/user.ts';
import { diskError } from '#shared/storage/directory-store.ts';
import { openQueue } from '#shared/queue/open-queue.ts';
import { newSigningKey } from '../../functions/auth/signing-key.ts';
import { ensureFirstAdmin } from '../../functions/auth/users.ts';
import { bundleFunctions } from '../../knative/local/bundle/bundle-functions.ts';
import { bundleStarter, sourceStarter } from '../../knative/local/function-starters.ts';
import { openDoor } from '../../knative/local/gateway/door.ts';
import { openRuntime } from '../../knative/local/open-runtime.ts';
import type { FunctionCommand, Runtime } from '../../knative/local/runtime-options.ts';
import { buildFrontend } from './build-frontend.ts';
import { freeAbandonedWork } from './free-abandoned-work.ts';
import { keepAdmin, type Admin } from '../client/admin-password.ts';
import { finishCutOff } from '../keep/restore-journal.ts';
import { checkHome, upgradeHome } from '../keep/upgrade-home.ts';
import { openLog } from './log-file.ts';
import { makeHome } from './make-home.ts';

const functions = ['auth', 'jobs', 'status', 'score', 'infer', 'web', 'tiles'];

/** A running platform: embedded parts, the runtime, and what the first start made. */
export interface Platform {
  url: string;
  /** Where this machine reaches it. */
  localUrl: string;
  db: Database;
  runtime: Runtime;
  /** The admin that this start made; null where there are users already. */
  firstAdmin: Admin | null;
  close(): Promise<void>;
}

export interface PlatformOptions {
  settings: PlatformSettings;
  /** What the functions share with the command line: limits, S3, HTTP. */
  shared: Pick<Settings, 'limits' | 's3' | 'http'>;
  /** What runs, for the provenance of results and for what the home says of itself. */
  product: Product;
  /** Runs the functions' TypeScript instead of their bundles. */
  dev: boolean;
  /** Most processes of `infer`. */
  workers: number;
  note: (text: string) => void;
  /** The embedded database is gone for good. */
  onDatabaseFailure: (error: Error) => void;
}

/** Opens everything, the last thing first to be closed; whatever was opened is closed again where a step fails. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings, note } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  try {
    await makeHome(settings.home);
    if (await finishCutOff(settings)) note('a restore that was cut off is complete now');
    await checkHome(settings.home);
    await ensureSigningKey(settings.signingKeyFile);
    const log = await openLog(join(settings.home, 'platform.log'));
    closers.push(() => log.close());
    // The port first: whether it can be had is known at once, and what is ours until the end nobody else can take.
    const door = await openDoor(settings);
    closers.push(async () => door.close());
    note('opening the database ...');
    const databaseUrl = await databaseAddress(options, closers);
    const db = openDatabase({ url: databaseUrl });
    closers.push(() => db.destroy());
    await upgradeHome({ settings, db, product: options.product, note });
    if (!settings.databaseUrl) await freeAbandonedWork(db);
    const firstAdmin = await makeFirstAdmin(db, settings);
    await buildFrontend(projectRoot, note);
    const command = await functionCommands(options);
    const queue = await openQueue(settings, db);
    const runtime = await openRuntime({
      manifests: join(projectRoot, 'knative', 'base'),
      door,
      command,
      env: functionEnvironment(options, databaseUrl, door.port),
      // On one machine what a cluster's Secret would hold comes by the environment.
      secrets: { 'geocrop-secrets': {} },
      maxProcesses: { infer: options.workers },
      countQueue: (name) => queue.counts(name),
      trustProxy: settings.proxies > 0,
      stateFolder: join(settings.home, 'run'),
      log: (line) => log.write(line),
    });
    closers.push(() => runtime.close());
    const localUrl = `http://${reachable(settings.host)}:${runtime.port}`;
    return { url: settings.publicUrl ?? localUrl, localUrl, db, runtime, firstAdmin, close };
  } catch (error) {
    await close();
    throw diskError(error, settings.home);
  }
}

/** An address that stands for all of them is reached by the loopback one. */
const reachable = (host: string) =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;

async function databaseAddress(
  { settings: { databaseUrl, home }, onDatabaseFailure }: PlatformOptions,
  closers: (() => Promise<void>)[],
): Promise<string> {
  if (databaseUrl) return databaseUrl;
  const embedded = await openEmbeddedDatabase({
    folder: join(home, 'database'),
    socketFolder: join(home, 'run', 'database'),
    onFailure: onDatabaseFailure,
  });
  closers.push(() => embedded.close());
  return embedded.url;
}

async function ensureSigningKey(path: string): Promise<void> {
  if (await readFile(path).catch(() => null)) return;
  await writeFile(path, await newSigningKey(), { mode: 0o600, flag: 'wx' });
}

/** Where there is nobody yet: the password is kept before the account is made, or it could be lost between the two. */
async function makeFirstAdmin(db: Database, { home, adminPassword }: PlatformSettings): Promise<Admin | null> {
  if (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) return null;
  const password = adminPassword || randomBytes(18).toString('base64url');
  const checked = newPasswordSchema.safeParse(password);
  if (!checked.success)
    throw new GeoCropError('usage', `GEOCROP_ADMIN_PASSWORD cannot be used: ${checked.error.issues[0].message}`);
  await keepAdmin(home, { name: 'admin', password });
  return ensureFirstAdmin(db, password);
}

/** How functions are started: from their bundles, made here where something has changed, or from their source. */
async function functionCommands({ settings, dev, note }: PlatformOptions): Promise<(name: string) => FunctionCommand> {
  const node = process.execPath;
  if (dev) return sourceStarter(node, join(projectRoot, 'functions'), projectRoot);
  note('bundling the functions ...');
  const out = join(projectRoot, '.cache', 'bundles');
  await bundleFunctions(functions, { root: projectRoot, out });
  return bundleStarter(node, out, projectRoot, join(settings.home, 'run', 'compile-cache'));
}

/** What the functions of one machine share; they see nothing of the environment of the one who started it. */
function functionEnvironment(
  { settings, shared, product }: PlatformOptions,
  databaseUrl: string,
  port: number,
): Record<string, string> {
  const { home, host, publicUrl, sourcesFile, quotas, leases, retention, logLevel, proxies, basemap } = settings;
  return {
    GEOCROP_COMMIT: product.commit,
    DATABASE_URL: databaseUrl,
    GEOCROP_HOME: home,
    GEOCROP_JWKS_URL: `http://${reachable(host)}:${port}/.well-known/jwks.json`,
    GEOCROP_SIGNING_KEY_FILE: settings.signingKeyFile,
    GEOCROP_RECRUITER_JOBS: String(quotas.recruiterJobs),
    GEOCROP_ANALYST_OPEN_JOBS: String(quotas.analystOpenJobs),
    GEOCROP_CHUNKS_AT_ONCE: String(settings.chunksAtOnce),
    GEOCROP_LEASE_S: String(leases.leaseSeconds),
    GEOCROP_HEARTBEAT_S: String(leases.heartbeatSeconds),
    GEOCROP_KEEP_PARTS_DAYS: String(retention.keepPartsDays),
    ...(retention.keepResultsDays === null ? {} : { GEOCROP_KEEP_RESULTS_DAYS: String(retention.keepResultsDays) }),
    ...(retention.maxBytes === null ? {} : { GEOCROP_HOME_MAX_BYTES: String(retention.maxBytes) }),
    GEOCROP_LOG_LEVEL: logLevel,
    ...sharedEnvironment(shared),
    ...serverEnvironment(settings),
    // The gateway is a proxy of our own before every function.
    GEOCROP_PROXIES: String(proxies + 1),
    ...(publicUrl ? { PUBLIC_URL: publicUrl } : {}),
    ...(sourcesFile ? { GEOCROP_SOURCES: sourcesFile } : {}),
    ...(basemap ? { GEOCROP_BASEMAP_URL: basemap.url, GEOCROP_BASEMAP_ATTRIBUTION: basemap.attribution } : {}),
  };
}

const sharedEnvironment = ({ limits, s3, http }: PlatformOptions['shared']) => ({
  GEOCROP_MAX_RADIUS_M: String(limits.maxRadiusM),
  GEOCROP_MAX_AREA_KM2: String(limits.maxAreaKm2),
  GEOCROP_S3_REGION: s3.region,
  ...(s3.endpoint ? { GEOCROP_S3_ENDPOINT: s3.endpoint } : {}),
  GEOCROP_HTTP_TIMEOUT_S: String(http.timeoutMs / 1000),
  GEOCROP_HTTP_TRIES: String(http.tries),
});
