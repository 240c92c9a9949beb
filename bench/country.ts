import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '#shared/db/database.ts';
import { migrate } from '#shared/db/migrate.ts';
import { makeUser } from '#shared/testing/job-fixtures.ts';
import { countryDatabases, type OpenedDatabase } from './country-databases.ts';
import { nodeFlags } from '../knative/local/function-starters.ts';
import { workers } from './country-job.ts';
import { median, thisMachine, type BenchReport, type BenchRow } from './report.ts';

/** Zimbabwe is 390,757 km2; a chunk is 26.2 of them, and those on the border count whole. */
const countryChunks = 16_000;
const fewChunks = 200;

/** What a process of its own is asked to do. */
export interface JobOrder {
  url: string;
  /** Of parts and results. */
  folder: string;
  owner: string;
  chunks: number;
  /** Tells the scenes of a job from those of another, so that no part is there before. */
  seed: number;
}

/** Seconds of one job and bytes of its process at the highest moment, by step. */
export interface JobCost {
  seconds: Record<'plan' | 'compute' | 'stitch', number>;
  peaks: Record<'plan' | 'compute' | 'stitch', number>;
  /** Milliseconds of computing a chunk by tenths of the job. */
  tenths: number[];
  cpu: number;
}

type Measured = JobCost & { chunks: number; databasePeak: number };

/** `country`: what a country's job takes beside computing, chunk for chunk, against a small one's. */
export async function benchCountry({ runs }: { runs: number }): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  for (const [name, open] of Object.entries(countryDatabases)) {
    const folder = await mkdtemp(join(tmpdir(), 'geocrop-country-'));
    const opened = await open(folder);
    try {
      rows.push(...(await compare(name, opened, join(folder, 'objects'), runs)));
    } finally {
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { machine: thisMachine(), versions: { node: process.version }, rows };
}

async function compare(name: string, opened: OpenedDatabase, objects: string, runs: number): Promise<BenchRow[]> {
  const owner = await prepare(opened.url);
  let seed = 0;
  const run = async (chunks: number) => {
    // A folder of its own each: what earlier jobs left is not what is measured.
    const folder = join(objects, String(++seed));
    try {
      return await runJob(opened, { url: opened.url, folder, owner, chunks, seed });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  await run(fewChunks);
  const [few, many]: [Measured[], Measured[]] = [[], []];
  for (let each = 0; each < runs; each++) {
    few.push(await run(fewChunks));
    many.push(await run(countryChunks));
  }
  const row = rowsOf(name, few, many);
  const rows = [
    row(`country of ${countryChunks} chunks, a chunk`, 'ms', 0.83, milliseconds),
    row('country, processor, a chunk', 'ms', 0.83, ({ cpu, chunks }) => (1000 * cpu) / chunks),
    row('country, peak memory', 'MiB', 0.8, memory),
  ];
  if (!opened.isHere) return rows;
  return [...rows, row('country, its database', 'MiB', 0.8, (cost) => cost.databasePeak / mebibyte)];
}

const rowsOf =
  (name: string, few: readonly Measured[], many: readonly Measured[]) =>
  (part: string, unit: string, goal: number, of: (cost: Measured) => number): BenchRow => {
    const [ours, peer] = [median(many.map(of)), median(few.map(of))];
    const threads = `1 process, ${workers} workers, ${name}`;
    return { part, peer: `${fewChunks} chunks`, threads, ours, peer_value: peer, unit, ratio: peer / ours, goal };
  };

const mebibyte = 2 ** 20;
const memory = ({ peaks }: Measured) => Math.max(...Object.values(peaks)) / mebibyte;
const milliseconds = ({ seconds: { plan, compute, stitch }, chunks }: Measured) =>
  (1000 * (plan + compute + stitch)) / chunks;

async function prepare(url: string): Promise<string> {
  const db = openDatabase({ url });
  try {
    await migrate(db);
    return await makeUser(db, 'admin');
  } finally {
    await db.destroy();
  }
}

const execute = promisify(execFile);

async function runJob({ isHere }: OpenedDatabase, order: JobOrder): Promise<Measured> {
  let databasePeak = 0;
  const look = () => (databasePeak = Math.max(databasePeak, isHere ? process.memoryUsage.rss() : 0));
  const watch = setInterval(look, 50);
  const child = new URL('country-child.ts', import.meta.url).pathname;
  const { stdout } = await execute(process.execPath, [...nodeFlags.score, child, JSON.stringify(order)]);
  clearInterval(watch);
  const measured = { ...(JSON.parse(stdout) as JobCost), chunks: order.chunks, databasePeak };
  tellOf(measured);
  return measured;
}

function tellOf({ chunks, seconds, peaks, tenths, cpu, databasePeak }: Measured): void {
  const steps = (['plan', 'compute', 'stitch'] as const).map(
    (step) => `${step} ${((1000 * seconds[step]) / chunks).toFixed(2)} ms (${Math.round(peaks[step] / mebibyte)} MiB)`,
  );
  const database = databasePeak > 0 ? `; database ${Math.round(databasePeak / mebibyte)} MiB` : '';
  console.error(
    `bench: ${chunks} chunks, a chunk: ${steps.join(', ')}; processor ${((1000 * cpu) / chunks).toFixed(2)} ms${database}; computing by tenths of the job ${tenths.map((ms) => ms.toFixed(2)).join(' ')}`,
  );
}
