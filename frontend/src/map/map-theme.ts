/** The colours of the map, from the style sheet, so that both themes have their own. */
export interface MapTheme {
  water: string;
  land: string;
  border: string;
  province: string;
  country: string;
  place: string;
  halo: string;
  area: string;
  areaHalo: string;
  areaFill: string;
  chunk: string;
  chunkDone: string;
  pixel: string;
  font: string;
}

const names: (keyof MapTheme)[] = [
  'water',
  'land',
  'border',
  'province',
  'country',
  'place',
  'halo',
  'area',
  'areaHalo',
  'areaFill',
  'chunk',
  'chunkDone',
  'pixel',
  'font',
];

const variable = (name: string) => `--map-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Reads `--map-...` of an element. */
export function readTheme(element: Element): MapTheme {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    names.map((name) => [name, style.getPropertyValue(variable(name)).trim()]),
  ) as unknown as MapTheme;
}

/** Tells of a change of theme, by the system or by the page's own switch. */
export function watchTheme(changed: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  media.addEventListener('change', changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class', 'data-theme'] });
  return () => {
    media.removeEventListener('change', changed);
    observer.disconnect();
  };
}
