import { en, type Key } from './en.ts';

export type Params = Record<string, string | number>;
/** The texts of a language; what is missing is said in English. */
export type Catalog = Partial<Record<Key, string>>;

export const messageIn = (catalog: Catalog, key: Key): string => catalog[key] ?? en[key];

/** Puts parameters into a text; they are text as well, whatever they look like. */
export const fill = (message: string, params: Params): string =>
  message.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(params, name) ? String(params[name]) : whole));
