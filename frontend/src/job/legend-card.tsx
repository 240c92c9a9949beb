import type { Report } from '#shared/domain/report.ts';
import { useQuery } from '@tanstack/react-query';
import { legendQuery } from '../api/queries.ts';
import type { Model } from '../api/types.ts';
import { formatHectares, formatNumber, formatShare } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { Swatch } from './swatch.tsx';

type ClassShare = Report['classes'][number];

function ShareRow({ title, color, hectares, share }: ClassShare) {
  return (
    <tr>
      <th scope="row">
        <Swatch color={color} /> {title}
      </th>
      <td>{formatHectares(hectares)}</td>
      <td>{formatShare(share)}</td>
    </tr>
  );
}

function ShareBar({ classes }: { classes: ClassShare[] }) {
  return (
    <div className="share-bar" aria-hidden="true">
      {classes.map(({ value, share, color }) => (
        <span key={value} style={{ flexGrow: share, backgroundColor: color }} />
      ))}
    </div>
  );
}

function ResultLegend({ report }: { report: Report }) {
  const classes = report.classes.filter(({ pixels }) => pixels > 0).sort((a, b) => b.hectares - a.hectares);
  const absent = report.classes.filter(({ pixels }) => pixels === 0).map(({ title }) => title);
  const unseen = report.pixels.nodata / Math.max(1, report.pixels.total);
  return (
    <>
      <ShareBar classes={classes} />
      <table className="table legend-table">
        <caption className="visually-hidden">{t('legend.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('legend.class')}</th>
            <th scope="col">{t('legend.area')}</th>
            <th scope="col">{t('legend.share')}</th>
          </tr>
        </thead>
        <tbody>
          {classes.map((each) => (
            <ShareRow key={each.value} {...each} />
          ))}
        </tbody>
      </table>
      {absent.length > 0 && <p className="quiet">{t('legend.absent', { classes: absent.join(', ') })}</p>}
      {unseen > 0.0005 && <p className="quiet">{t('legend.unseen', { share: formatShare(unseen) })}</p>}
    </>
  );
}

/** The colours are those of the tiles, evenly spread as their values are. */
function ConfidenceLegend({ layer, share, mean }: { layer: string; share: string | undefined; mean: number | null }) {
  const { data } = useQuery(legendQuery(layer, share));
  const stops = data?.entries.map(({ color, value }) => `${color} ${value}%`).join(', ');
  return (
    <div className="confidence-legend">
      <div
        className="confidence-ramp"
        aria-hidden="true"
        style={stops === undefined ? {} : { backgroundImage: `linear-gradient(90deg, ${stops})` }}
      />
      <p className="confidence-ends">
        <span>{t('legend.unsure')}</span>
        <span>{t('legend.sure')}</span>
      </p>
      {mean !== null && <p className="quiet">{t('legend.meanConfidence', { value: formatNumber(mean, 0) })}</p>}
    </div>
  );
}

function ModelLegend({ model }: { model: Model }) {
  return (
    <ul className="legend-list">
      {model.classes.map(({ name, title, color }) => (
        <li key={name}>
          <Swatch color={color} /> {title}
        </li>
      ))}
    </ul>
  );
}

/** What the colours mean, and how much of each there is. */
export function LegendCard(props: {
  report: Report | undefined;
  model: Model | undefined;
  isDone: boolean;
  job: string;
  share: string | undefined;
  show: 'class' | 'confidence';
}) {
  const { report, model, isDone, job, share, show } = props;
  if (!report && (isDone || !model))
    return isDone ? <section className="card card-waiting" aria-hidden="true" /> : null;
  return (
    <section className="card" aria-labelledby="legend-title">
      <h2 id="legend-title">{t('legend.title')}</h2>
      {show === 'confidence' && (
        <ConfidenceLegend layer={`job-${job}-confidence`} share={share} mean={report?.meanConfidence ?? null} />
      )}
      {report ? <ResultLegend report={report} /> : <ModelLegend model={model!} />}
    </section>
  );
}
