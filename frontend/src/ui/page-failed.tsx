import { t } from '../i18n/t.ts';
import { Notice } from './notice.tsx';

/** In place of a part of the page that cannot be shown. */
export function PageFailed() {
  return (
    <Notice tone="error" title={t('error.page')}>
      <button type="button" className="button" onClick={() => location.reload()}>
        {t('action.reload')}
      </button>
    </Notice>
  );
}
