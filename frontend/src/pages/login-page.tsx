import { useMutation } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState, type FormEvent } from 'react';
import { ApiError } from '../api/api-error.ts';
import { t } from '../i18n/t.ts';
import { signIn, useSession } from '../session/browser-session.ts';
import { localStore } from '../storage/browser-storage.ts';
import { TextField } from '../ui/field.tsx';
import { errorText, Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';

const nameKey = 'geocrop.name';

function failureText(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) return t('login.refused');
  return errorText(error);
}

/** Signs in and goes back to where one was. */
export function LoginPage() {
  const { back } = useSearch({ from: '/app/login' });
  const state = useSession();
  const [name, setName] = useState(() => localStore.getItem(nameKey) ?? '');
  const [password, setPassword] = useState('');
  const login = useMutation({
    mutationFn: () => signIn(name.trim(), password),
    onSuccess: () => localStore.setItem(nameKey, name.trim()),
  });
  const { history } = useRouter();
  useEffect(() => {
    if (state.status === 'in') history.replace(back ?? '/app/new');
  }, [state.status, back, history]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      <PageTitle title={t('login.title')} />
      {state.status === 'out' && state.ended && <Notice tone="warning" title={t('login.ended')} />}
      {login.isError && <Notice tone="error" title={failureText(login.error)} />}
      <TextField
        label={t('login.name')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <TextField
        label={t('login.password')}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={({ target }) => setPassword(target.value)}
      />
      <button type="submit" className="button button-main" disabled={login.isPending}>
        {login.isPending ? t('login.busy') : t('action.signIn')}
      </button>
      <p className="quiet">{t('login.hint')}</p>
    </form>
  );
}
