import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { t } from '../i18n/t.ts';

const step = 0.02;
const bigStep = 0.1;
const between = (value: number) => Math.min(1, Math.max(0, value));

/** Where a key moves the line to; null for keys that do not. */
export function swipeByKey(key: string, value: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -step,
    ArrowDown: -step,
    ArrowRight: step,
    ArrowUp: step,
    PageDown: -bigStep,
    PageUp: bigStep,
    Home: -1,
    End: 1,
  };
  return Object.hasOwn(steps, key) ? between(value + steps[key]) : null;
}

/** The line between the two sides of a comparison. */
export function SwipeHandle({ value, onSwipe }: { value: number; onSwipe: (value: number) => void }) {
  const line = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = swipeByKey(event.key, value);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    onSwipe(next);
  };
  const follow = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const { left, width } = line.current!.parentElement!.getBoundingClientRect();
    onSwipe(between((event.clientX - left) / width));
  };
  return (
    <div ref={line} className="map-swipe" style={{ left: `${value * 100}%` }}>
      <div
        className="map-swipe-handle"
        role="slider"
        tabIndex={0}
        aria-label={t('mapView.swipe')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(value * 100)}
        aria-valuetext={t('mapView.swipeValue', { percent: Math.round(value * 100) })}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={follow}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M7 5 2 10l5 5M13 5l5 5-5 5" />
        </svg>
      </div>
    </div>
  );
}
