import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import type { ChaosPromise } from '../promise.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface TestResults {
  testResults: { assertionResults: { title: string; status: string }[] }[];
}

/** Runs the forgeries of the test of `authenticate`, and counts those that were refused. */
export const forgedTokens: ChaosPromise = {
  name: 'forged-tokens',
  goal: 40,
  least: 40,
  async run(_attempts, io) {
    const report = join(io.folder, 'report.json');
    await runTests('shared/http/authenticate.test.ts', report);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as TestResults;
    const forgeries = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ title }) => title.startsWith('refuses: '));
    const kept = forgeries.filter(({ status }) => status === 'passed').length;
    return { promise: 'a forged token is refused', tried: forgeries.length, kept };
  },
};

/** What failed is in the report, so how it ended is not asked for. */
function runTests(file: string, report: string): Promise<void> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', file, '--reporter=json', `--outputFile=${report}`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env: {} }, () => resolve());
  });
}
