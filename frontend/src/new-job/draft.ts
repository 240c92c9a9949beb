import type { AoiInput, AreaGeojson } from '../map/types.ts';

export type AreaKind = 'circle' | 'polygon';

/** What was typed and drawn of a job that is not sent yet, as it was typed. */
export interface Draft {
  kind: AreaKind;
  lon: string;
  lat: string;
  radius: string;
  shape: AreaGeojson | null;
  /** Where the shape came from: a file's name. */
  shapeName: string | null;
  season: string;
  year: string;
  model: string;
  source: string;
  acceptOutsideModel: boolean;
  /** The key under which a request was sent whose answer has not come, and the request. */
  sent: { key: string; body: string } | null;
}

export const emptyDraft: Draft = {
  kind: 'circle',
  lon: '',
  lat: '',
  radius: '1000',
  shape: null,
  shapeName: null,
  season: '',
  year: '',
  model: '',
  source: '',
  acceptOutsideModel: false,
  sent: null,
};

/** The part of a browser's storage that a draft needs. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const storageKey = 'geocrop.draft';

const isDraft = (value: unknown): value is Partial<Draft> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isShape = (shape: unknown): boolean =>
  shape === null ||
  (typeof shape === 'object' && 'coordinates' in shape! && Array.isArray(shape.coordinates) && 'type' in shape);

const isSent = (sent: unknown): boolean =>
  sent === null || (typeof sent === 'object' && typeof (sent as Draft['sent'])?.key === 'string');

/** What is kept may be of an older release or of another hand: what does not fit is left out. */
function fitting(kept: Partial<Draft>): Draft {
  const draft: Draft = { ...emptyDraft };
  for (const name of Object.keys(emptyDraft) as (keyof Draft)[]) {
    const fits =
      name === 'shape'
        ? isShape(kept.shape ?? null)
        : name === 'sent'
          ? isSent(kept.sent ?? null)
          : name === 'shapeName' || typeof kept[name] === typeof emptyDraft[name];
    if (fits && kept[name] !== undefined) Object.assign(draft, { [name]: kept[name] });
  }
  if (draft.kind !== 'polygon') draft.kind = 'circle';
  if (typeof draft.shapeName !== 'string') draft.shapeName = null;
  return draft;
}

export function readDraft(storage: DraftStorage): Draft {
  try {
    const kept: unknown = JSON.parse(storage.getItem(storageKey) ?? 'null');
    return isDraft(kept) ? fitting(kept) : emptyDraft;
  } catch {
    return emptyDraft;
  }
}

/** A storage that is full or forbidden costs the draft its memory, nothing else. */
export function writeDraft(storage: DraftStorage, draft: Draft): void {
  try {
    storage.setItem(storageKey, JSON.stringify(draft));
  } catch {
    return;
  }
}

/** Where somebody signs out: what was typed and drawn is nobody else's business. */
export const forgetDraft = (storage: DraftStorage): void => storage.removeItem(storageKey);

/** After sending: the area goes, the choices stay for the next job. */
export const afterSending = (draft: Draft): Draft => ({
  ...emptyDraft,
  kind: draft.kind,
  radius: draft.radius,
  season: draft.season,
  year: draft.year,
  model: draft.model,
  source: draft.source,
});

/** The key of a request: that of the one that was sent before where nothing has changed, so that no second job comes. */
export const keyOf = (draft: Draft, body: string, newKey: () => string): string =>
  draft.sent?.body === body ? draft.sent.key : newKey();

const numberOf = (text: string): number => (text.trim() === '' ? NaN : Number(text.trim().replace(',', '.')));

/** The area of a draft as the API takes it, null where there is none yet. */
export function areaOf(draft: Pick<Draft, 'kind' | 'lon' | 'lat' | 'radius' | 'shape'>): AoiInput | null {
  const { kind, lon, lat, radius, shape } = draft;
  if (kind === 'polygon') return shape;
  const circle = { lon: numberOf(lon), lat: numberOf(lat), radius_m: numberOf(radius) };
  return Object.values(circle).every(Number.isFinite) ? circle : null;
}

const degrees = (value: number) => String(Math.round(value * 1e6) / 1e6);

/** A draft with an area that was drawn. */
export function withArea(draft: Draft, area: AoiInput | null, shapeName: string | null = null): Draft {
  if (area === null) return { ...draft, lon: '', lat: '', shape: null, shapeName: null };
  if ('radius_m' in area)
    return {
      ...draft,
      kind: 'circle',
      lon: degrees(area.lon),
      lat: degrees(area.lat),
      radius: String(Math.round(area.radius_m)),
    };
  return { ...draft, kind: 'polygon', shape: area, shapeName };
}

/** The inputs of a request, null while something is missing. */
export function inputsOf(draft: Draft) {
  const aoi = areaOf(draft);
  const year = numberOf(draft.year);
  if (!aoi || !Number.isInteger(year) || !draft.season || !draft.model || !draft.source) return null;
  const { season, model, source, acceptOutsideModel } = draft;
  return { aoi, year, season, model, source, acceptOutsideModel };
}
export type Inputs = NonNullable<ReturnType<typeof inputsOf>>;
