import { formatShare } from '../../i18n/format.ts';
import { t } from '../../i18n/t.ts';
import type { LegendEntry } from '../use-legend.ts';
import type { Pixel } from './pixel-types.ts';

/** A model's file without its folder and kind. */
const memberName = (member: string) => member.replace(/^.*\//, '').replace(/\.\w+$/, '');

interface Bar {
  title: string;
  color: string;
  share: number;
}

/** The classes of a vote, the likeliest first. */
const barsOf = (probabilities: number[], classes: LegendEntry[]): Bar[] =>
  probabilities
    .map((share, i) => ({
      share,
      title: classes[i]?.title ?? t('pixelView.classNumber', { n: i + 1 }),
      color: classes[i]?.color ?? 'currentcolor',
    }))
    .sort((a, b) => b.share - a.share);

function Vote({ name, note, bars }: { name: string; note: string; bars: Bar[] }) {
  return (
    <li className="vote">
      <p className="vote-name">
        {name} <span className="quiet">{note}</span>
      </p>
      <ul className="vote-bars">
        {bars.map(({ title, color, share }) => (
          <li key={title}>
            <span className="vote-title">{title}</span>
            <span className="vote-track" aria-hidden="true">
              <span style={{ width: `${share * 100}%`, backgroundColor: color }} />
            </span>
            <span className="vote-share">{formatShare(share)}</span>
          </li>
        ))}
      </ul>
    </li>
  );
}

/** How each model of the ensemble votes on a pixel, and what they say together. */
export function VoteBars({ pixel, classes }: { pixel: Pixel; classes: LegendEntry[] }) {
  const { votes, probabilities, smoothed } = pixel;
  if (votes.length === 0) return <p className="quiet">{t('pixelView.noVotes')}</p>;
  const total = votes.reduce((sum, { weight }) => sum + weight, 0) || 1;
  return (
    <>
      <ul className="votes">
        <Vote name={t('pixelView.together')} note="" bars={barsOf(probabilities, classes)} />
        {votes.length > 1 &&
          votes.map(({ member, weight, probabilities: own }) => (
            <Vote
              key={member}
              name={memberName(member)}
              note={t('pixelView.weight', { share: formatShare(weight / total) })}
              bars={barsOf(own, classes)}
            />
          ))}
      </ul>
      {smoothed && <p className="quiet">{t('pixelView.smoothed')}</p>}
    </>
  );
}
