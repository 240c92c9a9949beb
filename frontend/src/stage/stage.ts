import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import type { MapViewProps } from '../map/types.ts';

/** What a page shows on the map, which stays the same map from page to page. */
export type Stage = Omit<MapViewProps, 'token' | 'basemap'>;

const nothing = () => {};

export const emptyStage: Stage = {
  area: null,
  onArea: nothing,
  draw: null,
  onDrawEnd: nothing,
  layers: [],
  swipe: null,
  onSwipe: nothing,
  chunks: [],
  fit: null,
  pixel: null,
  onPixel: nothing,
};

let stage = emptyStage;
const listeners = new Set<() => void>();

function setStage(next: Stage): void {
  stage = next;
  for (const listener of listeners) listener();
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useStage = () => useSyncExternalStore(subscribe, () => stage);

type Calls = Pick<Stage, 'onArea' | 'onDrawEnd' | 'onSwipe' | 'onPixel'>;

/** Shows this on the map for as long as the page stands; what is not given is off, and the view stays where it is. */
export function useOnStage(wanted: { [K in keyof Stage]?: Stage[K] | undefined }): void {
  const calls = useRef<{ [K in keyof Calls]?: Calls[K] | undefined }>(wanted);
  useLayoutEffect(() => {
    calls.current = wanted;
  });
  const {
    area = null,
    editable = false,
    draw = null,
    radius,
    layers,
    swipe = null,
    chunks,
    fit = null,
    pixel = null,
  } = wanted;
  useEffect(() => {
    setStage({
      area,
      editable,
      draw,
      ...(radius === undefined ? {} : { radius }),
      layers: layers ?? emptyStage.layers,
      swipe,
      chunks: chunks ?? emptyStage.chunks,
      fit: fit ?? stage.fit,
      pixel,
      onArea: (next) => calls.current.onArea?.(next),
      onDrawEnd: () => calls.current.onDrawEnd?.(),
      onSwipe: (value) => calls.current.onSwipe?.(value),
      onPixel: (lonlat) => calls.current.onPixel?.(lonlat),
    });
  }, [area, editable, draw, radius, layers, swipe, chunks, fit, pixel]);
  useEffect(() => () => setStage({ ...emptyStage, fit: stage.fit }), []);
}
