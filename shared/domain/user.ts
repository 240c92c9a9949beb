import { z } from 'zod';

/** What an account may do: an admin everything, an analyst many jobs, a recruiter a few to look around. */
export const roles = ['admin', 'analyst', 'recruiter'] as const;
export type Role = (typeof roles)[number];
export const roleSchema = z.enum(roles);

/** Who makes a request, as an access token says it. */
export interface Principal {
  id: string;
  name: string;
  role: Role;
}

export interface User extends Principal {
  disabled: boolean;
  createdAt: Date;
}

export const userNamePattern = /^[a-z0-9][a-z0-9._@-]{1,63}$/;

export const userNameSchema = z
  .string()
  .regex(
    userNamePattern,
    'a user name has 2 to 64 characters, only a-z, 0-9 and . _ @ - and begins with a letter or digit',
  );

export const passwordLength = { min: 10, max: 200 };

const passwordRule = `a password has ${passwordLength.min} to ${passwordLength.max} characters`;

/** A password that somebody chooses; any characters, for length is what counts. */
export const newPasswordSchema = z.string().min(passwordLength.min, passwordRule).max(passwordLength.max, passwordRule);
