import { parseArgs } from 'node:util';
import { tell, type BenchReport } from './report.ts';

/** Benchmarks by name; each is loaded when it is asked for. */
const benchmarks: Record<string, (options: { runs: number }) => Promise<BenchReport>> = {
  tiles: async (options) => (await import('./tiles.ts')).benchTiles(options),
};

const usage = `npm run bench -- ${Object.keys(benchmarks).join('|')} [--runs N] [--json FILE]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '5' }, json: { type: 'string' } },
});
const bench = Object.hasOwn(benchmarks, positionals[0] ?? '') ? benchmarks[positionals[0]] : null;
const runs = Number(values.runs);
if (!bench || positionals.length !== 1 || !Number.isInteger(runs) || runs < 1 || runs > 100) {
  console.error(usage);
  process.exit(2);
}
await tell(await bench({ runs }), values.json);
