import type { ProcessDescription } from '../api/types.ts';
import { language, t } from '../i18n/t.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import type { Checks } from './check-draft.ts';
import type { DraftControl } from './use-draft.ts';

interface Props extends DraftControl {
  process: ProcessDescription;
  checks: Checks;
  serverField: (name: string) => string | null;
}

const monthName = (month: number) =>
  new Intl.DateTimeFormat(language(), { month: 'long', timeZone: 'UTC' }).format(Date.UTC(2000, month - 1));

function SeasonYear({ draft, change, process, checks, serverField }: Props) {
  const season = process.seasons.find(({ name }) => name === draft.season);
  const months = season && t('season.months', { from: monthName(season.startMonth), to: monthName(season.endMonth) });
  return (
    <div className="field-row">
      <SelectField
        label={t('season.label')}
        hint={months}
        problem={serverField('season')}
        value={draft.season}
        onChange={({ target }) => change({ season: target.value })}
      >
        {process.seasons.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t('season.year')}
        hint={t('season.yearHint')}
        problem={checks.yearProblem ?? serverField('year')}
        type="number"
        inputMode="numeric"
        min={process.limits.firstYear}
        max={new Date().getFullYear()}
        value={draft.year}
        onChange={({ target }) => change({ year: target.value })}
      />
    </div>
  );
}

function ModelField({ draft, change, process, checks, serverField }: Props) {
  const model = process.models.find(({ name }) => name === draft.model);
  const otherSeason =
    model && model.season !== draft.season && process.seasons.find(({ name }) => name === model.season);
  return (
    <>
      <SelectField
        label={t('model.label')}
        problem={serverField('model')}
        value={draft.model}
        onChange={({ target }) => change({ model: target.value })}
      >
        {process.models.map(({ name, title, version }) => (
          <option key={name} value={name}>
            {title} ({version})
          </option>
        ))}
      </SelectField>
      {otherSeason && <Notice tone="warning" title={t('model.otherSeason', { season: otherSeason.title })} />}
      {(checks.isOutside || draft.acceptOutsideModel) && (
        <Notice tone="warning" title={t('model.outside')}>
          <label className="check">
            <input
              type="checkbox"
              checked={draft.acceptOutsideModel}
              onChange={({ target }) => change({ acceptOutsideModel: target.checked })}
            />
            <span>{t('model.accept')}</span>
          </label>
        </Notice>
      )}
    </>
  );
}

/** When, with what, from where. */
export function ChoiceFields(props: Props) {
  const { draft, change, process, serverField } = props;
  return (
    <>
      <SeasonYear {...props} />
      <ModelField {...props} />
      <SelectField
        label={t('source.label')}
        problem={serverField('source')}
        value={draft.source}
        onChange={({ target }) => change({ source: target.value })}
      >
        {process.sources.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </SelectField>
    </>
  );
}
