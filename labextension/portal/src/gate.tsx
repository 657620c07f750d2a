/** What is shown before we know who is there. */

import * as React from 'react';

import { ErrorText } from '../../src/ui';

export function Loading(): JSX.Element {
  return (
    <main className="portal-Gate maia-ui" aria-busy="true">
      <h1>MAIA Hub</h1>
      <div className="maia-Skeleton" />
      <div className="maia-Skeleton" />
      <p role="status">Loading your GPUs…</p>
    </main>
  );
}

export function Failed({ error }: { error: unknown }): JSX.Element {
  return (
    <main className="portal-Gate maia-ui">
      <h1>MAIA Hub</h1>
      <p role="alert">
        <ErrorText error={error} />
      </p>
      <p>This page tries again by itself.</p>
    </main>
  );
}
