import type { Report } from '#shared/domain/report.ts';
import { useMemo } from 'react';
import { formatCount, formatDay, formatPercent, formatShare } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { completenessOf, type Completeness } from './completeness.ts';

/** One bar for each third of a month: as high as the area was seen. */
function DekadStrip({ dekads, seenDekads }: Completeness) {
  const label = t('scenes.strip', { seen: formatCount(seenDekads), all: formatCount(dekads.length) });
  return (
    <div className="dekads" role="img" aria-label={label}>
      {dekads.map((share, i) => (
        <span key={i} className={share === null ? 'dekad dekad-absent' : 'dekad'}>
          {share !== null && <span style={{ height: `${Math.round(share * 100)}%` }} />}
        </span>
      ))}
    </div>
  );
}

function SceneTable({ scenes }: Completeness) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('scenes.used')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('scenes.day')}</th>
            <th scope="col">{t('scenes.cloud')}</th>
            <th scope="col">{t('scenes.valid')}</th>
          </tr>
        </thead>
        <tbody>
          {scenes.map(({ id, datetime, cloudCover, validShare }) => (
            <tr key={id} title={id}>
              <th scope="row">{formatDay(datetime)}</th>
              <td>{cloudCover === null ? '–' : formatPercent(cloudCover)}</td>
              <td>{formatShare(validShare)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Skipped({ skipped }: Completeness) {
  if (skipped.length === 0) return <p className="quiet">{t('scenes.noneSkipped')}</p>;
  return (
    <ul className="skipped">
      {skipped.map(({ id, reason }) => (
        <li key={id}>
          <code>{id}</code> {reason}
        </li>
      ))}
    </ul>
  );
}

/** What of the season was seen: scenes expected, used, masked and skipped. */
export function ScenesCard({ report }: { report: Report }) {
  const complete = useMemo(() => completenessOf(report), [report]);
  const { scenes, skipped, seenDekads, dekads, meanCloud } = complete;
  return (
    <section className="card" aria-labelledby="scenes-title">
      <h2 id="scenes-title">{t('scenes.title')}</h2>
      <p>
        {t('scenes.summary', {
          seen: formatCount(seenDekads),
          all: formatCount(dekads.length),
          used: formatCount(scenes.length),
          skipped: formatCount(skipped.length),
        })}
        {meanCloud !== null && ` ${t('scenes.meanCloud', { cloud: formatPercent(meanCloud) })}`}
      </p>
      <DekadStrip {...complete} />
      <details>
        <summary>{t('scenes.details')}</summary>
        <SceneTable {...complete} />
        <h3>{t('scenes.skipped')}</h3>
        <Skipped {...complete} />
      </details>
    </section>
  );
}
