import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { merged, tell, type BenchReport } from './report.ts';

/** Benchmarks by name; each is loaded when it is asked for. */
const benchmarks: Record<string, (options: { runs: number }) => Promise<BenchReport>> = {
  aoi: async (options) => (await import('./aoi.ts')).benchAoi(options),
  chunks: async (options) => (await import('./chunks.ts')).benchChunks(options),
  country: async (options) => (await import('./country.ts')).benchCountry(options),
  decode: async (options) => (await import('./decode.ts')).benchDecode(options),
  features: async (options) => (await import('./features.ts')).benchFeatures(options),
  forest: async (options) => (await import('./forest.ts')).benchForest(options),
  smoothing: async (options) => (await import('./smoothing.ts')).benchSmoothing(options),
  stitch: async (options) => (await import('./stitch.ts')).benchStitch(options),
  tiles: async (options) => (await import('./tiles.ts')).benchTiles(options),
};

const usage = `npm run bench -- [${Object.keys(benchmarks).join('|')}] [--runs N] [--json FILE]
All of them where none is named; a bench that cannot run is told, and the others go on.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const runs = Number(values.runs);
const names = positionals.length > 0 ? positionals : Object.keys(benchmarks);
const isUsable = names.every((name) => Object.hasOwn(benchmarks, name));
if (!isUsable || !Number.isInteger(runs) || runs < 1 || runs > 100) {
  console.error(usage);
  process.exit(2);
}

const reports: BenchReport[] = [];
for (const name of names)
  try {
    const report = await benchmarks[name]({ runs });
    tell(report);
    reports.push(report);
  } catch (error) {
    console.error(`${name}: ${(error as Error).stack}`);
    process.exitCode = 1;
  }
if (values.json) await writeFile(values.json, `${JSON.stringify(merged(reports), null, 2)}\n`);
