import 'ol/ol.css';
import './map.css';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { t } from '../i18n/t.ts';
import { createMap, type MapCore } from './create-map.ts';
import { SwipeHandle } from './swipe-handle.tsx';
import type { MapViewProps } from './types.ts';

/** The map of the page: a thin shell round `createMap`. */
export function MapView(props: MapViewProps) {
  const target = useRef<HTMLDivElement>(null);
  const free = useRef<HTMLSpanElement>(null);
  const last = useRef(props);
  const [core, setCore] = useState<MapCore | null>(null);
  useEffect(() => {
    last.current = props;
  });
  useEffect(() => {
    const made = createMap(target.current!, free.current!, {
      onArea: (area) => last.current.onArea(area),
      onDrawEnd: () => last.current.onDrawEnd(),
      onPixel: (lonlat) => last.current.onPixel(lonlat),
      radius: () => last.current.radius,
      token: () => last.current.token(),
    });
    setCore(made);
    return () => made.dispose();
  }, []);
  useMapProps(core, props);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== target.current || !core) return;
    if (event.key === 'Enter' && props.draw === null) props.onPixel(core.center());
    if (event.key === 'Delete' && props.draw === null && isEditable(props)) props.onArea(null);
  };
  return (
    <div className="map-view">
      <div
        ref={target}
        className="map-canvas"
        tabIndex={0}
        role="application"
        aria-label={t('mapView.label')}
        aria-describedby="map-keys"
        onKeyDown={onKeyDown}
      />
      <p id="map-keys" className="map-keys">
        {t('mapView.keys')}
      </p>
      <span className="map-crosshair" aria-hidden="true" />
      <span ref={free} className="map-free" aria-hidden="true" />
      {props.swipe !== null && <SwipeHandle value={props.swipe} onSwipe={props.onSwipe} />}
    </div>
  );
}

const isEditable = ({ area, editable }: MapViewProps) => area !== null && editable !== false;

function useMapProps(core: MapCore | null, props: MapViewProps) {
  const { area, draw, layers, chunks, pixel, swipe, fit, basemap } = props;
  const mayEdit = isEditable(props) && draw === null;
  useEffect(() => core?.setBasemap(basemap ?? null), [core, basemap]);
  useEffect(() => core?.setLayers(layers), [core, layers]);
  useEffect(() => core?.setChunks(chunks), [core, chunks]);
  useEffect(() => core?.setPixel(pixel), [core, pixel]);
  useEffect(() => core?.setSwipe(swipe), [core, swipe]);
  useEffect(() => core?.setArea(area, mayEdit, draw !== null), [core, area, mayEdit, draw]);
  useEffect(() => core?.setDraw(draw), [core, draw]);
  useEffect(() => {
    if (core && fit) core.fit(fit);
  }, [core, fit]);
}
