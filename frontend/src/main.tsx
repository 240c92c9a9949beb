import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { accessToken } from './api/client.ts';
import { restoreLanguage } from './i18n/t.ts';
import { restoreTheme } from './layout/theme.ts';
import { queryClient } from './query-client.ts';
import { router } from './router.tsx';
import './styles/index.css';

restoreTheme();
restoreLanguage();
// Who is here is found out at once; where the server does not answer, the banner says so and whoever asks next asks again.
accessToken().catch(() => undefined);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
