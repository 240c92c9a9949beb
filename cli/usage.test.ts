import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runCli } from '#shared/testing/run-cli.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('usage');
const home = tinyHome(folder);
const geocrop = (...args: string[]) => runCli(args, { home });

describe('help', () => {
  test.each([
    [['--help'], /geocrop demo[\s\S]*Exit codes: 0 done/],
    [['map', '--help'], /Examples:[\s\S]*geocrop map --stac samples\/season-flanders-2019 --at 4\.063,50\.746,300/],
    [['map', '--help'], /--workers <n> +threads that compute/],
    [['demo', '--help'], /--force +replace a result that is there/],
    [['features', '--help'], /Examples:[\s\S]*geocrop features --table series\.csv/],
    [['pack', '--help'], /Example:[\s\S]*geocrop pack --stac https/],
    [['models', 'add', '--help'], /Example:[\s\S]*geocrop models add/],
  ])('%j shows examples and options', async (args, wanted) => {
    const { code, stdout, stderr } = await geocrop(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(wanted);
  });

  test('is shown where no command is given', async () => {
    expect(await geocrop()).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Usage: geocrop/) });
  });
});

test('--version names commit, kernel and models, by start.mjs too', async () => {
  const { code, stdout } = await runCli(['--version'], { home, asUser: true });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^geocrop \d+\.\d+\.\d+\ncommit +\S+\nkernel +\d+\nfeatures features-v1\nmodels +.*temperate.*tiny/,
  );
  const json = JSON.parse((await geocrop('--version', '--json')).stdout);
  expect(json).toMatchObject({
    kernel: expect.any(Number),
    models: expect.arrayContaining([{ name: 'tiny', version: '1.0.0' }]),
  });
});

test('start.mjs has a child where Node cannot run a program in its own place', async () => {
  const env = { NODE_OPTIONS: '--import=data:text/javascript,process.execve=undefined' };
  const right = await runCli(['--version'], { home, asUser: true, env });
  expect([right.code, right.stdout]).toEqual([0, expect.stringContaining('features-v1')]);
  const wrong = await runCli(['mpa'], { home, asUser: true, env });
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('no command "mpa"')]);
});

test('whoever reads the output may leave', async () => {
  const command = `"${process.execPath}" cli/main.ts start --help`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `(${command}; echo "code $?" >&2) | true`], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  expect([stdout, stderr]).toEqual(['', 'code 0\n']);
});

const area = ['--at', '4.063,50.746,300', '--year', '2019'];

describe('wrong usage ends with 2 and names the fault', () => {
  test.each([
    [['mpa'], /no command "mpa"; commands: .*demo.*map.*features.*pack.*models/],
    [['models', 'drop'], /unknown command 'drop'/],
    [['models'], /Usage: geocrop models/],
    [['--speed'], /unknown option '--speed'/],
    [['map', '--stac', 'x', ...area, '--out', 'y', '--speed', '3'], /unknown option '--speed'/],
    [['map', ...area, '--out', 'y'], /'--stac <url\|directory>' not specified/],
    [['map', '--stac', 'x', ...area], /'--out <dir>' not specified/],
    [['map', '--stac', 'x', '--at', '4,50,300', '--out', 'y'], /'--year <year>' not specified/],
    [['map', '--stac', 'x', '--year', '2019', '--out', 'y'], /name the area: --at .* or --aoi/],
    [['map', '--stac', 'x', ...area, '--aoi', 'z', '--out', 'y'], /name the area: --at .* or --aoi/],
    [['map', '--stac', 'x', ...area, '--on-broken-scene', 'ignore', '--out', 'y'], /Allowed choices are fail, skip/],
    [['features', ...area, '--out', 'y'], /name the input: --stac .* or --table/],
    [['models', 'add'], /missing required argument 'dir'/],
  ])('%j', async (args, wanted) => {
    const { code, stdout, stderr } = await geocrop(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(wanted);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test.each(['0', '-1', 'many', '1.5', '9999', ''])('--workers %j', async (workers) => {
    const season = ['--season', 'northern-summer', '--workers', workers];
    const { code, stderr } = await geocrop('map', '--stac', 'x', ...area, ...season, '--out', 'y');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--workers takes a whole number from 1 to \d+, not/)]);
  });

  test('with --json it is one document on standard output', async () => {
    for (const args of [['mpa'], ['map', ...area], ['models']]) {
      const { code, stdout, stderr } = await geocrop(...args, '--json');
      expect([code, stderr]).toEqual([2, '']);
      expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message: expect.any(String) } });
    }
  });

  test('a setting that cannot be used is named', async () => {
    const { code, stderr } = await runCli(['models', 'list'], { home, env: { GEOCROP_MAX_RADIUS_M: 'wide' } });
    expect([code, stderr]).toEqual([2, expect.stringContaining('the environment variable GEOCROP_MAX_RADIUS_M')]);
  });
});
