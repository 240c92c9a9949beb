import { useSyncExternalStore } from 'react';
import { localStore } from '../storage/browser-storage.ts';
import { en, type Key } from './en.ts';
import { fill, messageIn, type Params } from './message.ts';
import { nd } from './nd.ts';
import { sn } from './sn.ts';

const catalogs = { en, sn, nd };
export type Language = keyof typeof catalogs;

/** What each language calls itself. */
export const languageNames: Record<Language, string> = { en: 'English', sn: 'ChiShona', nd: 'isiNdebele' };

const storageKey = 'geocrop.language';
const keyCount = Object.keys(en).length;

/** A language is offered once all of its texts are there. */
export const completeLanguages = (Object.keys(catalogs) as Language[]).filter(
  (name) => Object.keys(catalogs[name]).length === keyCount,
);

const isOffered = (name: string | null): name is Language => completeLanguages.some((each) => each === name);

let current: Language = 'en';
const listeners = new Set<() => void>();

export const language = (): Language => current;

export function setLanguage(name: Language): void {
  current = name;
  localStore.setItem(storageKey, name);
  document.documentElement.lang = name;
  for (const listener of listeners) listener();
}

/** Takes the language that was chosen before. */
export function restoreLanguage(): void {
  const kept = localStore.getItem(storageKey);
  if (isOffered(kept)) setLanguage(kept);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export const useLanguage = () => useSyncExternalStore(subscribe, language);

/** A text in the present language; `{name}` stands for a parameter. */
export const t = (key: Key, params: Params = {}): string => fill(messageIn(catalogs[current], key), params);

type CountedKey = { [K in Key]: K extends `${infer Base}.other` ? Base : never }[Key];

/** A text that goes with a number, `{n}`: of its form for that number. */
export function tn(key: CountedKey, n: number, params: Params = {}): string {
  const form = new Intl.PluralRules(current).select(n) === 'one' ? 'one' : 'other';
  return t(`${key}.${form}` as Key, { n: new Intl.NumberFormat(current).format(n), ...params });
}
