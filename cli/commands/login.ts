import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { GeoCropError } from '#shared/domain/errors.ts';
import { readAdmin } from '../client/admin-password.ts';
import { logIn } from '../client/api-client.ts';
import { forgetSession } from '../client/session.ts';
import type { CliContext } from '../context.ts';

export interface LoginOptions {
  url: string;
  name: string;
  passwordStdin?: boolean | undefined;
}

/** Logs in; the password is asked for on the terminal, read from standard input, or is the first admin's own. */
export async function login(
  { url, name, passwordStdin }: LoginOptions,
  { settings, print }: CliContext,
): Promise<void> {
  if (!URL.canParse(url))
    throw new GeoCropError('usage', `--url takes an address as http://localhost:8080, not "${url}"`);
  const password = passwordStdin
    ? await readAll()
    : ((await firstAdminPassword(settings.home, name)) ?? (await askPassword(`Password of ${name}: `)));
  await logIn(settings.home, url, name, password);
  print(`logged in at ${url} as ${name}`, { url, name });
}

export async function logout({ settings, print }: CliContext): Promise<void> {
  await forgetSession(settings.home);
  print('logged out', { loggedIn: false });
}

/** The password that the first start made, while its file is there. */
async function firstAdminPassword(home: string, name: string): Promise<string | null> {
  const admin = await readAdmin(home);
  return admin?.name === name ? admin.password : null;
}

/** Standard input as text, without its last line break. */
export async function readAll(maxLength = 1000): Promise<string> {
  let text = '';
  for await (const piece of process.stdin) {
    text += piece;
    if (text.length > maxLength)
      throw new GeoCropError('usage', `standard input is longer than ${maxLength} characters`);
  }
  return text.replace(/\r?\n$/, '');
}

/** Asks on the terminal without showing what is typed. */
export async function askPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new GeoCropError('usage', 'there is no terminal to ask for the password on; use --password-stdin');
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const password = await terminal.question('');
  terminal.close();
  process.stderr.write('\n');
  return password;
}
