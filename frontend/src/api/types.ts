import type { components } from './schema.d.ts';

type Schemas = components['schemas'];
export type StatusInfo = Schemas['StatusInfo'];
export type ProcessDescription = Schemas['ProcessDescription'];
export type Model = Schemas['Model'];
export type Quote = Schemas['Quote'];
export type Share = Schemas['Share'];
export type JobPage = Schemas['JobPage'];
export type JobState = StatusInfo['status'];

/** The client gives a tuple as a list. */
export type TileLayer = Omit<Schemas['Layer'], 'bounds'> & { bounds: number[] };
export type Legend = Schemas['Legend'];

/** What the page has to know of its deployment. */
export interface Settings {
  basemap: { url: string; attribution: string } | null;
  version: string;
}
