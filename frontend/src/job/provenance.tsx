import type { Report } from '#shared/domain/report.ts';
import { formatCount, formatDuration, formatMoment, formatShare } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** How the map came to be. */
export function Provenance({ report }: { report: Report }) {
  const { model, product, grid, seconds, workers, chunks, agreement } = report;
  return (
    <details className="card">
      <summary>{t('provenance.title')}</summary>
      <dl className="facts">
        {model && <Row name={t('provenance.model')} value={`${model.title} ${model.version}`} />}
        <Row name={t('provenance.grid')} value={`EPSG:${grid.epsg}, ${grid.width} × ${grid.height}`} />
        <Row
          name={t('provenance.chunks')}
          value={t('provenance.chunkCounts', {
            computed: formatCount(chunks.computed),
            reused: formatCount(chunks.reused),
          })}
        />
        <Row
          name={t('provenance.time')}
          value={t('provenance.timeWorkers', { time: formatDuration(seconds.total), workers: formatCount(workers) })}
        />
        <Row name={t('provenance.product')} value={`${product.name} ${product.version}, kernel ${product.kernel}`} />
        <Row name={t('provenance.created')} value={formatMoment(report.created)} />
        {agreement && (
          <Row
            name={t('provenance.agreement')}
            value={t('provenance.agreementOf', {
              share: formatShare(agreement.share),
              labelled: formatCount(agreement.labelled),
            })}
          />
        )}
      </dl>
      {model && model.limits.length > 0 && (
        <ul className="limits">
          {model.limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      )}
    </details>
  );
}
