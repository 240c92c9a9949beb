import { z } from 'zod';

/** A field that a manifest may not have, because this runtime could not honour it; `why` completes "<field> ...". */
export function refused(why: string) {
  return z.never({ error: why }).optional();
}

/** The first problem of a manifest as one sentence: which object, which field, what about it. */
export function manifestError(subject: string, error: z.ZodError): Error {
  const issue = error.issues[0];
  const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return new Error(`${subject}: ${path.replace(/^\./, '') || 'the object'} ${lowerFirst(issue.message)}`);
}

function lowerFirst(text: string): string {
  return text.startsWith('Invalid') ? `is ${text[0].toLowerCase()}${text.slice(1)}` : text;
}
