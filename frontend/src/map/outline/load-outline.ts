import { feature } from 'topojson-client';
import type { GeometryCollection, MultiLineString, MultiPolygon, Point, Topology } from 'topojson-specification';
import { fromLonLat } from 'ol/proj.js';
import outlineUrl from './outline.json?url';

export interface Place {
  name: string;
  /** 0: a country, 1: a province. */
  level: 0 | 1;
  /** Natural Earth's order of importance: the lowest is seen first. */
  rank: number;
}

type Coordinates = number[][];

/** The outline in Web Mercator metres. */
export interface Outline {
  land: Coordinates[][];
  lakes: Coordinates[][];
  borders: Coordinates[];
  provinces: Coordinates[];
  places: (Place & { at: number[] })[];
}

type OutlineTopology = Topology<{
  land: MultiPolygon;
  lakes: MultiPolygon;
  borders: MultiLineString;
  provinces: MultiLineString;
  places: GeometryCollection<Place>;
}>;

/** The poles have no place on a map of Mercator. */
const maxLat = 85;
const project = ([lon, lat]: number[]) => fromLonLat([lon, Math.max(-maxLat, Math.min(maxLat, lat))]);

/** Lets the page answer between two pieces of work. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 30));

/** Fetches the outline and hands over its parts one by one, so that no part keeps the page busy for long. */
export async function loadOutline(onPart: (part: Partial<Outline>) => void): Promise<void> {
  const response = await fetch(outlineUrl);
  if (!response.ok) throw new Error(`the outline answered ${response.status}`);
  const topology = (await response.json()) as OutlineTopology;
  const { land, lakes, borders, provinces } = topology.objects;
  const polygons = (object: MultiPolygon) =>
    feature(topology, object).geometry.coordinates.map((rings) => rings.map((ring) => ring.map(project)));
  const lines = (object: MultiLineString) =>
    feature(topology, object).geometry.coordinates.map((line) => line.map(project));
  const parts: (() => Partial<Outline>)[] = [
    () => ({ land: polygons(land) }),
    () => ({ borders: lines(borders) }),
    () => ({ lakes: polygons(lakes) }),
    () => ({ places: placesOf(topology) }),
    () => ({ provinces: lines(provinces) }),
  ];
  for (const part of parts) {
    onPart(part());
    await pause();
  }
}

function placesOf(topology: OutlineTopology): Outline['places'] {
  return feature(topology, topology.objects.places).features.map(({ geometry, properties }) => ({
    ...properties,
    at: project((geometry as unknown as Point & { coordinates: number[] }).coordinates),
  }));
}
