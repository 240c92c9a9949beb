import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import type { Product } from '#shared/config/product.ts';
import { newestSchema } from '#shared/db/migrate.ts';
import type { Source } from '#shared/domain/source.ts';
import { openQueue } from '#shared/queue/open-queue.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { homeLayout, readHomeVersions, refuseNewer } from '../home-versions.ts';
import { hasEmbeddedDatabase, reachDatabase, type ReachedDatabase } from '../reach-database.ts';
import { checkClock, checkLeases, checkQueue, checkSchema } from './check-database.ts';
import { checkDisk } from './check-disk.ts';
import { checkMemory } from './check-memory.ts';
import { checkSource } from './check-sources.ts';
import { fail, look, ok, warn, type Finding } from './finding.ts';

export interface Patient {
  settings: PlatformSettings;
  product: Product;
  nodeVersion: string;
  sources: () => Promise<Source[]>;
  /** Name and version of each installed model; null for a damaged one. */
  models: () => Promise<{ name: string; version: string | null }[]>;
  fetchUrl: typeof fetch;
}

const readSystemFile = (path: string) => readFile(path, 'utf8').catch((): null => null);

/** Looks at everything that a deployment stands on, running or stopped; changes nothing. */
export async function examine(patient: Patient): Promise<Finding[]> {
  const { settings } = patient;
  const findings: Finding[] = [];
  const add = async (name: string, check: () => Promise<Finding[]>, limitMs?: number) =>
    void findings.push(...(await look(name, check, limitMs)));
  await add('disk', () => checkDisk(settings.home), 60_000);
  await add('memory', () => checkMemory(readSystemFile));
  await add('node', async () => [checkNode(patient.nodeVersion)]);
  await add('home', () => checkHome(patient));
  await add('models', () => checkModels(patient));
  await add('database', () => examineDatabase(patient, findings), 120_000);
  await add('objects', () => checkObjects(settings));
  await examineSources(patient, findings);
  return findings;
}

function checkNode(version: string): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major >= 24) return ok('node', version);
  return fail('node', version, 'start it by start.mjs, which brings Node 24');
}

async function checkHome({ settings: { home }, product }: Patient): Promise<Finding[]> {
  const versions = await readHomeVersions(home);
  refuseNewer(home, versions, await newestSchema());
  const said = versions
    ? `written by ${versions.product}, layout ${versions.home}`
    : 'it does not say its versions yet';
  return [ok('home', `${said}; this is ${product.version} (${product.commit}), layout ${homeLayout}`)];
}

async function checkModels({ models }: Patient): Promise<Finding[]> {
  const found = await models();
  const list = found.map(({ name, version }) => `${name} ${version ?? '(damaged)'}`).join(', ');
  if (found.length === 0) return [fail('models', 'none is installed', 'geocrop models add installs one')];
  if (found.some(({ version }) => version === null))
    return [warn('models', list, 'install the damaged one again: geocrop models add DIR --force')];
  return [ok('models', list)];
}

async function examineDatabase({ settings }: Patient, findings: Finding[]): Promise<Finding[]> {
  if (!settings.databaseUrl && !hasEmbeddedDatabase(settings.home))
    return [warn('database', `${settings.home} has none yet`, 'the first "geocrop start" makes it')];
  const database = await reachDatabase(settings);
  try {
    const { db } = database;
    await sql`SELECT 1`.execute(db);
    findings.push(ok('database', stateOf(database)));
    for (const [name, check] of [
      ['schema', () => checkSchema(db)],
      ['leases', () => checkLeases(db)],
      ['queue', async () => checkQueue(await openQueue(settings, db))],
      ['clock', () => checkClock(db)],
    ] as const)
      findings.push(...(await look(name, check)));
    return [];
  } finally {
    await database.close();
  }
}

function stateOf({ kind, isServed }: ReachedDatabase): string {
  if (kind === 'server') return 'the PostgreSQL server answers';
  return isServed
    ? 'the platform runs, and its embedded database answers'
    : 'the platform is stopped; its embedded database opens';
}

async function checkObjects(settings: PlatformSettings): Promise<Finding[]> {
  if (!settings.objects) return [ok('objects', 'in folders of the home')];
  for (const name of ['results', 'baselines'] as const) await (await openStore(settings, name)).size('doctor');
  return [ok('objects', `the buckets at ${settings.objects.endpoint} answer`)];
}

async function examineSources({ sources, fetchUrl }: Patient, findings: Finding[]): Promise<void> {
  const listed = await look('sources', async () => {
    const all = await sources();
    const found = await Promise.all(
      all.map((source) => look(`source ${source.id}`, () => checkSource(source, fetchUrl))),
    );
    return found.flat();
  });
  findings.push(...listed);
}
