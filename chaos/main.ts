import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { formatTable } from './format-table.ts';
import type { ChaosPromise } from './promise.ts';
import { promises } from './promises.ts';
import { allKept, runPromises } from './run-promises.ts';

const seed = 20_261_121;
const cache = fileURLToPath(new URL('../.cache/services', import.meta.url));

interface Options {
  json?: string;
  only: readonly ChaosPromise[];
  share: number;
}

function shareOf(text: string): number {
  const share = Number(text);
  if (!(share > 0 && share <= 1)) throw new InvalidArgumentError('it must be more than 0 and at most 1');
  return share;
}

function promisesOf(text: string): ChaosPromise[] {
  const names = text.split(',');
  const unknown = names.find((name) => !promises.some((promise) => promise.name === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`${unknown} is none of ${promises.map(({ name }) => name).join(', ')}`);
  return promises.filter(({ name }) => names.includes(name));
}

const { json, only, share } = new Command('chaos')
  .description('Tries to break what the platform promises, and prints how often it was kept.')
  .option('--json <file>', 'write the table as JSON as well')
  .addOption(
    new Option(
      '--only <names>',
      `these alone, with commas between them: ${promises.map(({ name }) => name).join(', ')}`,
    )
      .argParser(promisesOf)
      .default(promises, 'all'),
  )
  .option('--share <share>', 'a share of each goal, from 0 to 1', shareOf, 1)
  .parse()
  .opts<Options>();

const say = (text: string) => process.stderr.write(`${text}\n`);
const rows = await runPromises(only, { share, seed, cache, say });
process.stdout.write(`${formatTable(rows)}\n`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify({ rows }, null, 2)}\n`);
process.exitCode = allKept(rows) ? 0 : 1;
