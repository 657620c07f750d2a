/** The rules for bookings: policies and quotas, who changed them last, and the way to change them. */

import * as React from 'react';

import { RuleKind, RuleOf } from '../../../src/api';
import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, moment, ms } from '../../../src/ui/time';
import { useLoaded } from '../live';
import { useServices } from '../services';
import { DataTable } from './dataTable';
import { POLICY_LIMITS, QUOTA_LIMITS, Terms, told } from './limits';
import { Changing, RuleDialog } from './ruleDialog';

const NEW: RuleOf<unknown> = { project: '', terms: null, etag: '"0"', changed: null };

interface RowProps {
  kind: RuleKind;
  rule: RuleOf<unknown>;
  now: number;
  onChange: (changing: Changing) => void;
}

function Row({ kind, rule, now, onChange }: RowProps): JSX.Element {
  const { project, terms, changed } = rule;
  const limits = (kind === 'policy' ? POLICY_LIMITS : QUOTA_LIMITS).map(limit => told(limit, (terms as Terms | null) ?? {})).filter(Boolean);
  const none = terms ? 'no limits' : 'as for all projects';
  return (
    <tr role="row">
      <td role="cell" data-head="Project">
        {project ?? 'All projects'}
      </td>
      <td role="cell" data-head="Rule">
        {kind === 'policy' ? 'Policy' : 'Quotas'}
      </td>
      <td role="cell" data-head="Limits">
        {limits.length ? limits.map(limit => <div key={limit}>{limit}</div>) : none}
      </td>
      <td role="cell" data-head="Said by">
        {changed ? `${changed.by}, ${moment(ms(changed.at), now)}: ${changed.reason}` : 'the settings'}
      </td>
      <td role="cell">
        <button
          type="button"
          className="maia-Button"
          aria-label={`Change the ${kind} of ${project ?? 'all projects'}`}
          onClick={() => onChange({ kind, rule, fresh: false })}
        >
          Change
        </button>
      </td>
    </tr>
  );
}

/** `onChanged`: after rules were changed here, which no event of the stream tells. */
export function RulesCard({ onChanged }: { onChanged: () => void }): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const { value, error, reload } = useLoaded(() => api.rules(), [api]);
  const [changing, setChanging] = React.useState<Changing | null>(null);
  const rows = (kind: RuleKind, rules: RuleOf<unknown>[]) =>
    rules.map(rule => <Row key={`${kind}/${rule.project ?? ''}`} kind={kind} rule={rule} now={now} onChange={setChanging} />);
  return (
    <section className="portal-Card" aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      {error !== null && <ErrorText error={error} />}
      {value && (
        <DataTable label="Rules" stacked heads={['Project', 'Rule', 'Limits', 'Said by', 'Change']}>
          {rows('policy', value.policies)}
          {rows('quotas', value.quotas)}
        </DataTable>
      )}
      <div className="portal-RuleButtons">
        <button type="button" className="maia-Button" onClick={() => setChanging({ kind: 'policy', rule: NEW, fresh: true })}>
          Policy for a project
        </button>
        <button type="button" className="maia-Button" onClick={() => setChanging({ kind: 'quotas', rule: NEW, fresh: true })}>
          Quotas for a project
        </button>
      </div>
      {changing && (
        <RuleDialog
          changing={changing}
          onClose={changed => {
            setChanging(null);
            if (changed) {
              reload();
              onChanged();
            }
          }}
        />
      )}
    </section>
  );
}
