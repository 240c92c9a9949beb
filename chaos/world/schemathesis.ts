import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Known } from './fuzzed-platform.ts';

export interface FuzzRound {
  url: string;
  token: string | null;
  known: Known;
  phases: readonly string[];
  /** Of each operation. */
  examples: number;
  seed: number;
  /** Operations that are left out, by their paths. */
  without?: readonly string[] | undefined;
}

export interface FuzzReport {
  requests: number;
  broken: number;
  /** What was wrong, and how curl repeats it. */
  failures: string | null;
  /** How often each status was answered. */
  statuses: Map<string, number>;
}

const checks = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance', 'response_schema_conformance']; // prettier-ignore

/** Lets schemathesis ask an API everything that its document allows, and much that it does not. */
export async function fuzz(program: string, document: string, folder: string, round: FuzzRound): Promise<FuzzReport> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'schemathesis.toml'), settingsOf(round));
  const log = openSync(join(folder, 'log'), 'w');
  const options = ['--url', round.url, '--phases', round.phases.join(), '--seed', String(round.seed)];
  const few = ['--max-examples', String(round.examples), '--checks', checks.join(), '--continue-on-failure'];
  const without = (round.without ?? []).flatMap((path) => ['--exclude-path', path]);
  const report = [
    '--report',
    'json,ndjson',
    '--report-json-path',
    'report.json',
    '--report-ndjson-path',
    'cases',
    '--no-color',
    '--output-sanitize',
    'false',
  ];
  const args = ['run', document, ...options, ...few, ...without, ...report];
  // Its own folder is its home: what it keeps from run to run would make another run of the same seed.
  const child = spawn(program, args, { cwd: folder, env: { PATH: '/usr/bin:/bin', HOME: folder }, stdio: ['ignore', log, log] }); // prettier-ignore
  await once(child, 'close');
  closeSync(log);
  return reportOf(folder);
}

function settingsOf({ known, token }: FuzzRound): string {
  const parameters = Object.entries(known.parameters);
  const dictionaries = [...parameters, ['string', known.string] as const, ['number', known.number] as const];
  return [
    // With more, CPython 3.11 now and then breaks off ("AST constructor recursion depth mismatch").
    'workers = 1',
    'request-timeout = 30',
    'max-stream-events = 5',
    'warnings = false',
    `headers = { ${token === null ? '' : `Authorization = "Bearer ${token}", `}X-GeoCrop-Request = "1" }`,
    '[generation]',
    'no-shrink = true',
    'dictionaries = { string = { dictionary = "string", probability = 0.2 }, number = { dictionary = "number", probability = 0.3 } }',
    // Nobody but the fuzzer's own accounts is to be disabled by what it has seen.
    '[phases.fuzzing]',
    'extra-data-sources = { responses = false }',
    '[phases.coverage]',
    'extra-data-sources = { responses = false }',
    '[parameters]',
    ...parameters.map(([name]) => `"${name}" = { dictionary = "${name}", probability = 0.7 }`),
    ...dictionaries.flatMap(([name, values]) => [`[dictionaries."${name}"]`, `values = ${JSON.stringify(values)}`]),
  ].join('\n');
}

interface JsonReport {
  complete: boolean;
  test_cases: { generated: number; with_failures: number };
  failures: unknown[];
  errors: unknown[];
}

async function reportOf(folder: string): Promise<FuzzReport> {
  const { test_cases: cases, failures, errors, complete } = readReport(folder);
  if (!complete || errors.length > 0)
    throw new Error(`schemathesis did not come to its end: ${sectionOf(join(folder, 'log'), 'ERRORS')}`);
  return {
    requests: cases.generated,
    broken: cases.with_failures,
    failures: failures.length === 0 ? null : sectionOf(join(folder, 'log'), 'FAILURES'),
    statuses: await countStatuses(join(folder, 'cases')),
  };
}

/** The log from that heading on. */
function sectionOf(log: string, heading: string): string {
  const text = readFileSync(log, 'utf8');
  return text.slice(text.indexOf(`= ${heading} =`)).slice(0, 20_000);
}

async function countStatuses(cases: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const line of createInterface(createReadStream(cases)))
    for (const [, status] of line.matchAll(/"status_code":(\d+)/g)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

function readReport(folder: string): JsonReport {
  try {
    return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as JsonReport;
  } catch (cause) {
    const log = readFileSync(join(folder, 'log'), 'utf8');
    throw new Error(`schemathesis has left no report; it said: ${log.slice(-2000)}`, { cause });
  }
}
