import { ApiClient } from '../client/api-client.ts';
import type { CliContext } from '../context.ts';
import { askPassword, readAll } from './login.ts';

interface UserInfo {
  name: string;
  role: string;
  disabled: boolean;
  created_at: string;
}

export interface PasswordOptions {
  passwordStdin?: boolean | undefined;
}

const newPassword = ({ passwordStdin }: PasswordOptions, name: string) =>
  passwordStdin ? readAll() : askPassword(`New password of ${name} (10 characters or more): `);

const text = ({ name, role, disabled }: UserInfo) => `${name}  ${role}${disabled ? '  disabled' : ''}`;

export async function listUsers({ settings, signal, print }: CliContext): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  const page = await client.json<{ users: UserInfo[] }>('/auth/users?limit=1000');
  print(page.users.map(text).join('\n'), page);
}

export async function addUser(
  name: string,
  options: PasswordOptions & { role: string },
  { settings, signal, print }: CliContext,
): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  const user = await client.post<UserInfo>('/auth/users', {
    name,
    role: options.role,
    password: await newPassword(options, name),
  });
  print(`added ${text(user)}`, user);
}

async function change(
  name: string,
  body: Record<string, unknown>,
  { settings, signal, print }: CliContext,
): Promise<void> {
  const client = await ApiClient.open(settings.home, signal);
  const user = await client.json<UserInfo>(`/auth/users/${encodeURIComponent(name)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  print(text(user), user);
}

export const changePassword = async (name: string, options: PasswordOptions, context: CliContext): Promise<void> =>
  change(name, { password: await newPassword(options, name) }, context);

export const disableUser = (name: string, context: CliContext): Promise<void> =>
  change(name, { disabled: true }, context);
export const enableUser = (name: string, context: CliContext): Promise<void> =>
  change(name, { disabled: false }, context);
