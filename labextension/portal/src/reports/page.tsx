/** The page of reports: GPU-hours as a table, as plots of it, and as CSV. */

import * as React from 'react';

import { Report, ReportGroup, ReportLine, ReportQuery } from '../../../src/api';
import { ErrorText } from '../../../src/ui';
import { Audit } from '../admin/audit';
import { DataTable } from '../admin/dataTable';
import { useLoaded } from '../live';
import { useServices } from '../services';
import { Bar, Chart, Legend, hours } from './chart';
import { Choice, GROUPS } from './choice';

/** So many bars are drawn; the others are one. */
const MOST = 12;
/** So many lines are shown at first: a year of all people in all projects has tens of thousands. */
const LINES = 200;
const MORE = 1000;
const HEADS = ['Booked h', 'Used h', 'Idle h'];

/** The hours of each name of a group, months in their order, others the largest first. */
export function barsOf(lines: ReportLine[], group: ReportGroup): Bar[] {
  const found = new Map<string, Bar>();
  for (const line of lines) {
    add(found, line[group] ?? '', line);
  }
  const bars = [...found.values()];
  if (group === 'month') {
    return bars.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(-24);
  }
  bars.sort((a, b) => b.booked + b.used - a.booked - a.used);
  const rest = bars.splice(MOST);
  const others = new Map<string, Bar>();
  rest.forEach(bar => add(others, `${rest.length} others`, bar));
  return [...bars, ...others.values()];
}

function add(bars: Map<string, Bar>, name: string, line: Omit<Bar, 'name'>): void {
  const bar = bars.get(name) ?? { name, booked: 0, used: 0, idle: 0 };
  bars.set(name, { name, booked: bar.booked + line.booked, used: bar.used + line.used, idle: bar.idle + line.idle });
}

function Numbers({ line }: { line: ReportLine }): JSX.Element {
  return (
    <>
      {[line.booked, line.used, line.idle].map((value, i) => (
        <td key={HEADS[i]} className="portal-Report-number">
          {hours(value)}
        </td>
      ))}
    </>
  );
}

function Table({ report }: { report: Report }): JSX.Element {
  const groups = GROUPS.filter(([group]) => report.by.includes(group));
  const [most, setMost] = React.useState(LINES);
  const left = report.lines.length - most;
  return (
    <DataTable label="GPU-hours" className="portal-Report" heads={[...groups.map(([, text]) => text), ...HEADS]}>
      {report.lines.slice(0, most).map(line => (
        <tr key={groups.map(([group]) => line[group]).join('\n')}>
          {groups.map(([group]) => (
            <td key={group}>{line[group]}</td>
          ))}
          <Numbers line={line} />
        </tr>
      ))}
      {left > 0 && (
        <tr>
          <td colSpan={groups.length + HEADS.length}>
            {left.toLocaleString('en-GB')} more lines, which are in the total and in the CSV file.{' '}
            <button type="button" className="maia-Button" onClick={() => setMost(most + MORE)}>
              Show {Math.min(left, MORE).toLocaleString('en-GB')} more
            </button>
          </td>
        </tr>
      )}
      <tr className="portal-Report-total">
        <th scope="row" colSpan={groups.length}>
          Total
        </th>
        <Numbers line={report.total} />
      </tr>
    </DataTable>
  );
}

function Plots({ report }: { report: Report }): JSX.Element {
  return (
    <>
      {GROUPS.filter(([group]) => report.by.includes(group)).map(([group, text]) => (
        <section key={group} className="portal-Card" aria-labelledby={`plot-${group}`}>
          <h2 id={`plot-${group}`}>By {text === 'GPU' ? text : text.toLowerCase()}</h2>
          <Chart title={`GPU-hours by ${text}: a plot of the table above`} bars={barsOf(report.lines, group)} />
          <Legend />
        </section>
      ))}
    </>
  );
}

function Shown({ report, csv }: { report: Report; csv: string }): JSX.Element {
  return (
    <>
      <section className="portal-Card" aria-labelledby="report">
        <div className="portal-CardTitle">
          <h2 id="report">
            GPU-hours{' '}
            <small>
              {report.first} to {report.last}, {report.zone}
            </small>
          </h2>
          <a className="maia-Button" href={csv} download>
            Download as CSV
          </a>
        </div>
        {report.lines.length === 0 ? (
          <p className="portal-Soft">Nothing was booked or used on these days.</p>
        ) : (
          <Table key={`${report.by.join()} ${report.first} ${report.last} ${report.zone}`} report={report} />
        )}
        <p className="portal-Soft">
          Used is what servers held, of bookings and of lent GPUs. Idle is booked time in which no server held the GPU.
        </p>
      </section>
      {report.lines.length > 0 && <Plots report={report} />}
    </>
  );
}

/** What was decided in the projects that I oversee: those that I lead, or whose data steward I am. */
function Overseen(): JSX.Element {
  const { api, me } = useServices();
  const { value } = useLoaded(() => api.projects(), [api]);
  const mine = me.admin ? [] : (value ?? []).filter(({ roles }) => roles.includes('lead') || roles.includes('steward'));
  return (
    <>
      {mine.map(({ name }) => (
        <Audit key={name} project={name} />
      ))}
    </>
  );
}

export function ReportsPage(): JSX.Element {
  const { api } = useServices();
  const [query, setQuery] = React.useState<ReportQuery>({ by: ['month', 'project'] });
  const { value: found, error } = useLoaded(async () => ({ query, report: await api.report(query) }), [api, query]);
  const value = found?.report;
  // Until another report is counted, the one before stays.
  const counting = error === null && found?.query !== query;
  return (
    <>
      <div className="portal-Title">
        <h1>Reports</h1>
      </div>
      <section className="portal-Card" aria-label="Choice">
        <Choice query={query} shown={value} change={setQuery} />
      </section>
      {error !== null && <ErrorText error={error} />}
      <p role="status" className="portal-Soft portal-ReportCounting">
        {counting && 'Counting…'}
      </p>
      {!value && counting && <div className="maia-Skeleton" />}
      {found && (
        <div aria-busy={counting}>
          <Shown report={found.report} csv={api.reportAsCsv(found.query)} />
        </div>
      )}
      <Overseen />
    </>
  );
}
