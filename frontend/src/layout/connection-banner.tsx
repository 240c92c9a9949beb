import { connection, useConnectionLost } from '../connection/browser-connection.ts';
import { t } from '../i18n/t.ts';

/** Says that the server does not answer, for as long as it does not. */
export function ConnectionBanner() {
  const isLost = useConnectionLost();
  return (
    <div className="banner-place" role="alert">
      {isLost && (
        <div className="banner">
          <p>{t('connection.lost')}</p>
          <button type="button" className="button button-small" onClick={() => void connection.look()}>
            {t('action.tryAgain')}
          </button>
        </div>
      )}
    </div>
  );
}
