import { Link, useLocation } from '@tanstack/react-router';
import { useRef } from 'react';
import { completeLanguages, languageNames, setLanguage, t, useLanguage } from '../i18n/t.ts';
import { signOut, useUser } from '../session/browser-session.ts';
import { forgetDraft } from '../new-job/draft.ts';
import { localStore } from '../storage/browser-storage.ts';
import { Choice } from '../ui/choice.tsx';
import { SelectField } from '../ui/field.tsx';
import { setTheme, themes, useTheme } from './theme.ts';

function LanguageSwitch() {
  const chosen = useLanguage();
  if (completeLanguages.length < 2) return null;
  return (
    <SelectField
      label={t('menu.language')}
      value={chosen}
      onChange={({ target }) => setLanguage(completeLanguages.find((name) => name === target.value)!)}
    >
      {completeLanguages.map((name) => (
        <option key={name} value={name} lang={name}>
          {languageNames[name]}
        </option>
      ))}
    </SelectField>
  );
}

function leave(): void {
  forgetDraft(localStore);
  void signOut();
}

/** Who is logged in, and how the page looks. */
export function AccountMenu() {
  const user = useUser();
  const theme = useTheme();
  const { pathname, searchStr } = useLocation();
  const menu = useRef<HTMLDivElement>(null);
  return (
    <div className="account">
      <button type="button" className="header-button" popoverTarget="account-menu">
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="10" cy="7" r="3.25" />
          <path d="M3.5 17c.6-3.6 3.200-5.250 6.500-5.250s5.900 1.650 6.500 5.250" />
        </svg>
        <span className="account-name">{user ? user.name : t('menu.title')}</span>
        <span className="visually-hidden">{t('menu.open')}</span>
      </button>
      <div popover="auto" id="account-menu" className="account-menu" ref={menu}>
        {user && (
          <p className="account-who">
            <strong>{user.name}</strong> {t(`role.${user.role}`)}
          </p>
        )}
        <Choice
          label={t('menu.theme')}
          value={theme}
          onChange={setTheme}
          options={themes.map((value) => ({ value, label: t(`theme.${value}`) }))}
        />
        <LanguageSwitch />
        {user ? (
          <button type="button" className="button" onClick={leave}>
            {t('action.signOut')}
          </button>
        ) : (
          <Link
            className="button"
            to="/app/login"
            search={pathname === '/app/login' ? {} : { back: pathname + searchStr }}
            onClick={() => menu.current?.hidePopover()}
          >
            {t('action.signIn')}
          </Link>
        )}
      </div>
    </div>
  );
}
