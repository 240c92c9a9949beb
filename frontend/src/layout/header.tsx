import { Link } from '@tanstack/react-router';
import { t } from '../i18n/t.ts';
import { useUser } from '../session/browser-session.ts';
import { AccountMenu } from './account-menu.tsx';

/** On a phone the name gives way to the pages. */
function Brand({ hasNav }: { hasNav: boolean }) {
  return (
    <Link to="/" className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path className="brand-sun" d="M6 12.500 13.500 6H26v7.500L19.500 19H6z" />
        <path className="brand-field" d="M6 21h12.500l7.500-6v11H6z" />
      </svg>
      <span className={hasNav ? 'brand-name' : undefined}>{t('brand')}</span>
    </Link>
  );
}

export function Header() {
  const user = useUser();
  return (
    <header className="header">
      <Brand hasNav={user !== null} />
      {user && (
        <nav aria-label={t('nav.label')} className="nav">
          <Link to="/app/new" className="nav-link">
            {t('nav.new')}
          </Link>
          <Link to="/app/jobs" className="nav-link" activeOptions={{ exact: true }}>
            {t('nav.jobs')}
          </Link>
        </nav>
      )}
      <AccountMenu />
    </header>
  );
}
