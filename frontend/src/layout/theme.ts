import { useSyncExternalStore } from 'react';
import { localStore } from '../storage/browser-storage.ts';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'geocrop.theme';
const listeners = new Set<() => void>();

const kept = (): Theme => themes.find((theme) => theme === localStore.getItem(storageKey)) ?? 'auto';

/** `auto` follows the system; the stylesheet does the rest. */
function apply(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export const restoreTheme = (): void => apply(kept());

export function setTheme(theme: Theme): void {
  localStore.setItem(storageKey, theme);
  apply(theme);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export const useTheme = () => useSyncExternalStore(subscribe, kept);
