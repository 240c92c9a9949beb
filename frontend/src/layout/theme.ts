import { useSyncExternalStore } from 'react';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'geocrop.theme';
const listeners = new Set<() => void>();

const kept = (): Theme => themes.find((theme) => theme === localStorage.getItem(storageKey)) ?? 'auto';

/** `auto` follows the system; the stylesheet does the rest. */
function apply(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export const restoreTheme = (): void => apply(kept());

export function setTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  apply(theme);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
export const useTheme = () => useSyncExternalStore(subscribe, kept);
