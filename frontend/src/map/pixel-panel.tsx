import './pixel/pixel.css';
import { formatNumber, formatPercent } from '../i18n/format.ts';
import { t, tn } from '../i18n/t.ts';
import { FeatureTable } from './pixel/feature-table.tsx';
import { Profile } from './pixel/profile.tsx';
import type { Pixel } from './pixel/pixel-types.ts';
import { usePixel } from './pixel/use-pixel.ts';
import { VoteBars } from './pixel/vote-bars.tsx';
import type { PixelPanelProps } from './types.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { useLegend } from './use-legend.ts';

const degrees = (value: number) => formatNumber(value, 5);

function ClassOfPixel({ pixel }: { pixel: Pixel }) {
  if (!pixel.inside) return <p className="pixel-class">{t('pixelView.outside')}</p>;
  if (!pixel.class) return <p className="pixel-class">{t('pixelView.noClass')}</p>;
  return (
    <p className="pixel-class">
      <span className="swatch" aria-hidden="true" style={{ backgroundColor: pixel.class.color }} />
      <strong>{pixel.class.title}</strong>
      {pixel.confidence !== null && (
        <span className="quiet">{t('pixelView.confidence', { percent: formatPercent(pixel.confidence) })}</span>
      )}
    </p>
  );
}

function Details({ pixel, job, share }: { pixel: Pixel; job: string; share?: string | undefined }) {
  const legend = useLegend(`job-${job}-class`, share);
  const classes = (legend.data?.entries ?? []).filter(({ value }) => value > 0);
  return (
    <>
      <Profile pixel={pixel} />
      <section aria-label={t('pixelView.votes')}>
        <h3>{t('pixelView.votes')}</h3>
        <VoteBars pixel={pixel} classes={classes} />
      </section>
      {pixel.features.length > 0 && (
        <details>
          <summary>{t('pixelView.features', { n: pixel.features.length })}</summary>
          <FeatureTable pixel={pixel} />
        </details>
      )}
      <p className="quiet">{t('pixelView.grid', { col: pixel.col, row: pixel.row, epsg: pixel.epsg })}</p>
    </>
  );
}

/** One pixel of a map: its class, its season, and how the models came to it. */
export function PixelPanel({ job, share, lon, lat, onClose }: PixelPanelProps) {
  const { pixel, scenes, error, retry } = usePixel({ job, share, lon, lat });
  return (
    <div className="pixel-panel">
      <div className="pixel-head">
        <h2>{t('pixelView.title')}</h2>
        <button type="button" className="button" onClick={onClose}>
          {t('pixelView.close')}
        </button>
      </div>
      <p className="quiet">
        {t('pixelView.place', { lat: degrees(pixel?.lat ?? lat), lon: degrees(pixel?.lon ?? lon) })}
      </p>
      <div role="status">
        {pixel && <ClassOfPixel pixel={pixel} />}
        {!pixel && !error && <p>{t('pixelView.reading')}</p>}
      </div>
      {!pixel && !error && <p className="quiet pixel-count">{scenes > 0 && tn('pixelView.read', scenes)}</p>}
      {error && <ErrorNotice error={error} onRetry={retry} />}
      {pixel?.inside && <Details pixel={pixel} job={job} share={share} />}
    </div>
  );
}
