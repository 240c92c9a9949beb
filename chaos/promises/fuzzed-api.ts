import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiDocument } from '../../cli/platform/api-document.ts';
import type { ChaosIo, ChaosPromise } from '../promise.ts';
import { openFuzzedPlatform, type FuzzedPlatform } from '../world/fuzzed-platform.ts';
import { fuzz, type FuzzReport } from '../world/schemathesis.ts';

/** Of each operation in a round, so that it ends before its token does. */
const mostExamples = 150;
/** Each operation gets about so many requests for an example. */
const operations = 35;
const askers = ['admin', 'analyst', 'admin', 'nobody'] as const;
/** By its links it would come from the list of users to disabling the admin who asks. */
const administration = ['/auth/users/{name}'];

/** Asks a running platform by its own OpenAPI document, as different users, in rounds. */
export const fuzzedApi: ChaosPromise = {
  name: 'fuzzed-api',
  needs: ['PostgreSQL', 'schemathesis'],
  goal: 50_000,
  least: 1000,
  async run(attempts, io) {
    const program = io.services.schemathesis;
    if (!program) throw new Error('schemathesis is not on this machine; get it by npm run services:get -- --chaos');
    const document = join(io.folder, 'openapi.json');
    writeFileSync(document, JSON.stringify(await apiDocument('chaos', '/'), withoutTuples));
    const platform = await openFuzzedPlatform(io);
    let [requests, broken] = [0, 0];
    try {
      for (let round = 0; requests < attempts; round++) {
        const report = await runRound(program, document, platform, { round, left: attempts - requests, io });
        requests += report.requests;
        broken += report.broken;
        if (report.failures) io.say(report.failures);
        io.say(`${requests} of ${attempts} requests, ${broken} wrong; ${tell(report.statuses)}`);
      }
    } finally {
      await platform.close();
    }
    const promise = 'the API asked anything: no answer of 5xx, none that its document does not tell of';
    return { promise, tried: requests, kept: requests - broken };
  },
};

async function runRound(
  program: string,
  document: string,
  platform: FuzzedPlatform,
  { round, left, io }: { round: number; left: number; io: ChaosIo },
): Promise<FuzzReport> {
  const known = await platform.known();
  const token = (await platform.tokens())[askers[round % askers.length]];
  const isByLinks = round % 3 === 2;
  return fuzz(program, document, join(io.folder, String(round)), {
    ...{ url: platform.url, token, known },
    phases: isByLinks ? ['stateful'] : ['examples', 'coverage', 'fuzzing'],
    examples: Math.min(mostExamples, Math.ceil(left / operations)),
    seed: Math.floor(io.random() * 2 ** 31),
    without: isByLinks ? administration : [],
  });
}

const tell = (statuses: FuzzReport['statuses']): string =>
  [...statuses]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([status, count]) => `${count} x ${status}`)
    .join(', ');

/** schemathesis takes a tuple for a schema of an older draft; ours are of one type, so a list of that length says the same. */
function withoutTuples(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('prefixItems' in value)) return value;
  const { prefixItems, ...rest } = value as { prefixItems: unknown[] };
  return { ...rest, items: prefixItems[0], minItems: prefixItems.length, maxItems: prefixItems.length };
}
