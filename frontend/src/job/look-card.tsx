import type { TileLayer } from '../api/types.ts';
import { formatDay } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { Legend } from '../map/legend.tsx';
import { Choice } from '../ui/choice.tsx';
import { SelectField } from '../ui/field.tsx';
import { Range } from '../ui/range.tsx';
import { Toggle } from '../ui/toggle.tsx';
import type { ClearestScene } from './job-progress.ts';
import type { LookControl } from './use-look.ts';

interface Props extends LookControl {
  beneath: TileLayer[];
  hasBaselineList: boolean;
  clearest: ClearestScene | null;
  hasMap: boolean;
}

function Beneath({ look, change, beneath, hasBaselineList, clearest }: Props) {
  const scene = clearest ? t('look.sceneOf', { day: formatDay(clearest.datetime) }) : t('look.scene');
  return (
    <SelectField
      label={t('look.beneath')}
      hint={hasBaselineList && beneath.length === 0 ? t('look.noBaseline') : undefined}
      value={look.beneath}
      onChange={({ target }) => change({ beneath: target.value })}
    >
      <option value="scene">{scene}</option>
      {beneath.map(({ id, title }) => (
        <option key={id} value={id}>
          {title}
        </option>
      ))}
      <option value="none">{t('look.nothing')}</option>
    </SelectField>
  );
}

/** The middle of the part of the map that no panel lies on, 0..1 of its width. */
function middleOfMap(): number {
  const panel = document.querySelector('.panel')?.getBoundingClientRect();
  const covered = panel && panel.width < innerWidth * 0.8 ? panel.right : 0;
  return (covered + innerWidth) / 2 / innerWidth;
}

/** What of the job is on the map, and how. */
export function LookCard(props: Props) {
  const { look, change, hasMap, beneath } = props;
  return (
    <section className="card" aria-label={t('look.title')}>
      {hasMap && (
        <Choice
          label={t('look.show')}
          value={look.show}
          onChange={(show) => change({ show })}
          options={[
            { value: 'class', label: t('look.class') },
            { value: 'confidence', label: t('look.confidence') },
          ]}
        />
      )}
      <Beneath {...props} />
      {beneath.some((layer) => layer.id === look.beneath) && <Legend layer={look.beneath} />}
      {hasMap && (
        <>
          <Range label={t('look.opacity')} value={look.opacity} onChange={(opacity) => change({ opacity })} />
          <Toggle
            label={t('look.swipe')}
            isOn={look.swipe !== null}
            onChange={(isOn) => change({ swipe: isOn ? middleOfMap() : null })}
          />
        </>
      )}
    </section>
  );
}
