import type { JobState } from '../api/types.ts';
import { t } from '../i18n/t.ts';

export function StateBadge({ state }: { state: JobState }) {
  return <span className={`badge badge-${state}`}>{t(`state.${state}`)}</span>;
}
