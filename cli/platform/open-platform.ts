import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { newPasswordSchema } from '#shared/domain/user.ts';
import { diskError } from '#shared/storage/directory-store.ts';
import { openQueue } from '#shared/queue/open-queue.ts';
import { newSigningKey, parseSigningKey } from '../../functions/auth/signing-key.ts';
import { ensureFirstAdmin } from '../../functions/auth/users.ts';
import { bundleFunctions } from '../../knative/local/bundle/bundle-functions.ts';
import { bundleStarter, sourceStarter } from '../../knative/local/function-starters.ts';
import { openDoor } from '../../knative/local/gateway/door.ts';
import { openRuntime } from '../../knative/local/open-runtime.ts';
import type { FunctionCommand, Runtime } from '../../knative/local/runtime-options.ts';
import { buildFrontend } from './build-frontend.ts';
import { freeAbandonedWork } from './free-abandoned-work.ts';
import { functionEnvironment, functionSecrets, reachable, type FunctionOptions } from './function-environment.ts';
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

export interface PlatformOptions extends FunctionOptions {
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
    await ensureSigningKey(settings);
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
      env: functionEnvironment(options, door.port),
      secrets: functionSecrets(settings, databaseUrl),
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

/** A key that the environment gives needs no file; else the first start writes one. */
async function ensureSigningKey({ signingKey, signingKeyFile }: PlatformSettings): Promise<void> {
  if (signingKey) return checkSigningKey(signingKey);
  if (await readFile(signingKeyFile).catch(() => null)) return;
  await writeFile(signingKeyFile, await newSigningKey(), { mode: 0o600, flag: 'wx' });
}

async function checkSigningKey(text: string): Promise<void> {
  try {
    await parseSigningKey(text);
  } catch (cause) {
    throw new GeoCropError('usage', `GEOCROP_SIGNING_KEY cannot be used: ${(cause as Error).message}`, { cause });
  }
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
