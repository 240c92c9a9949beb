import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { formatDay, formatNumber, formatCount } from '../../i18n/format.ts';
import { t, tn } from '../../i18n/t.ts';
import { isIndex, profileSeries, quantities, type ProfileSeries, type Quantity } from './profile-series.ts';
import type { Pixel, PixelScene } from './pixel-types.ts';

const ProfileChart = lazy(() => import('./profile-chart.tsx'));

const isOfDay = (time: number, seconds: number) => Math.abs(time - seconds) < 43_200;
const dayOf = (time: number) => formatDay(new Date(time * 1000).toISOString());

export function reasonText(reason: NonNullable<PixelScene['reason']>): string {
  const texts = {
    'no data': t('reason.noData'),
    saturated: t('reason.saturated'),
    shadow: t('reason.shadow'),
    cloud: t('reason.cloud'),
    cirrus: t('reason.cirrus'),
    snow: t('reason.snow'),
    'another scene of the pass was taken': t('reason.other'),
  };
  return texts[reason];
}

/** What stands at a moment of the chart. */
function readingAt(time: number, series: ProfileSeries): string {
  const hidden = series.hidden.find((each) => each.time === time);
  if (hidden) return `${dayOf(time)}: ${reasonText(hidden.reason as NonNullable<PixelScene['reason']>)}`;
  const seen = series.seen.find(([at]) => at === time);
  if (seen) return `${dayOf(time)}: ${formatNumber(seen[1], 3)}`;
  const composite = series.composite.find(([at]) => at === time);
  if (composite) return t('pixelView.readComposite', { day: dayOf(time), value: formatNumber(composite[1], 3) });
  const filled = series.filled.flat().find(([at]) => at === time);
  return filled ? t('pixelView.readFilled', { day: dayOf(time), value: formatNumber(filled[1], 3) }) : '';
}

function Key({ hasFilled, hasHidden }: { hasFilled: boolean; hasHidden: boolean }) {
  return (
    <ul className="profile-key" aria-hidden="true">
      <li className="key-composite">{t('pixelView.composite')}</li>
      {hasFilled && <li className="key-filled">{t('pixelView.filled')}</li>}
      <li className="key-seen">{t('pixelView.seen')}</li>
      {hasHidden && <li className="key-hidden">{t('pixelView.hidden')}</li>}
    </ul>
  );
}

/** Every date with its value, or why there is none. */
function DateTable({ pixel, series, quantity }: { pixel: Pixel; series: ProfileSeries; quantity: Quantity }) {
  const valueAt = (datetime: string) => series.seen.find(([time]) => isOfDay(time, Date.parse(datetime) / 1000))?.[1];
  return (
    <table className="table pixel-table">
      <caption className="visually-hidden">{t('pixelView.dates')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('pixelView.date')}</th>
          <th scope="col">{quantity.toUpperCase()}</th>
        </tr>
      </thead>
      <tbody>
        {pixel.scenes.map(({ id, datetime, reason, values }) => (
          <tr key={id}>
            <th scope="row">{formatDay(datetime)}</th>
            <td>{values ? formatNumber(valueAt(datetime) ?? NaN, 3) : reasonText(reason ?? 'no data')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The season of a pixel: chart, what the pointer is on, and the table that says the same. */
export function Profile({ pixel }: { pixel: Pixel }) {
  const [quantity, setQuantity] = useState<Quantity>('ndvi');
  const [time, setTime] = useState<number | null>(null);
  const series = useMemo(() => profileSeries(pixel, quantity), [pixel, quantity]);
  const onPoint = useCallback((next: number | null) => setTime(next), []);
  const seen = pixel.scenes.filter(({ valid }) => valid).length;
  const dekads = pixel.dekads.filter(({ composite }) => composite !== null).length;
  const summary = t('pixelView.summary', {
    seen: formatCount(seen),
    scenes: tn('pixelView.scenes', pixel.scenes.length),
    dekads: formatCount(dekads),
    all: formatCount(pixel.dekads.length),
  });
  return (
    <section aria-label={t('pixelView.season')}>
      <div className="profile-head">
        <h3>{t('pixelView.season')}</h3>
        <select
          aria-label={t('pixelView.quantity')}
          value={quantity}
          onChange={({ target }) => setQuantity(target.value as Quantity)}
        >
          {quantities.map((each) => (
            <option key={each} value={each}>
              {isIndex(each) ? each.toUpperCase() : t('pixelView.band', { band: each })}
            </option>
          ))}
        </select>
      </div>
      <Suspense fallback={<div className="profile-chart" />}>
        <ProfileChart
          series={series}
          quantity={quantity}
          onPoint={onPoint}
          label={`${quantity.toUpperCase()}. ${summary}`}
        />
      </Suspense>
      <p className="profile-reading" aria-hidden="true">
        {time === null ? summary : readingAt(time, series)}
      </p>
      <Key hasFilled={series.filled.length > 0} hasHidden={series.hidden.length > 0} />
      <details>
        <summary>{t('pixelView.dates')}</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label={t('pixelView.dates')}>
          <DateTable pixel={pixel} series={series} quantity={quantity} />
        </div>
      </details>
    </section>
  );
}
