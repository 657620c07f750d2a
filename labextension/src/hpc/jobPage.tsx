/** A job's own page, in a tab of JupyterLab. */

import { MainAreaWidget, ToolbarButton } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { ErrorText, useTrans } from '../ui';
import { moment, ms } from '../ui/time';
import { Around, useAround } from './around';
import { Efficiency } from './efficiency';
import { Files } from './files';
import { Log } from './log';
import { HpcWidget } from './panel';
import type { Job, JobPage as Page } from './records';
import { Tracking } from './tracking';
import { stateWord } from './words';

function Facts({ job }: { job: Job }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const now = Date.now();
  const facts: [string, string][] = [
    [trans.__('State'), stateWord(trans, job)],
    [trans.__('Why'), job.reason],
    [trans.__('Expected to start'), job.expected_start],
    [trans.__('Exit status'), job.exit_code],
    [trans.__('System'), actions.title(job.system)],
    [trans.__('Number there'), job.job_id ?? ''],
    [trans.__('Run folder'), job.folder],
    [trans.__('Submitted'), moment(ms(job.created), now)],
    [trans.__('Last change'), moment(ms(job.changed), now)]
  ];
  return (
    <dl className="maia-Hpc-facts">
      {facts
        .filter(([, said]) => said)
        .map(([what, said]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{said}</dd>
          </div>
        ))}
    </dl>
  );
}

function Script({ token }: { token: string }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const [page, setPage] = React.useState<Page>();
  const [error, setError] = React.useState<unknown>();
  React.useEffect(() => {
    model.api.job(token).then(setPage, setError);
  }, [model, token]);
  return (
    <details>
      <summary>{trans.__('Script')}</summary>
      {error !== undefined && <ErrorText error={error} />}
      <pre className="maia-Hpc-code" tabIndex={0} aria-label={trans.__('The script that was submitted')}>
        {page?.script}
      </pre>
    </details>
  );
}

function Content({ token, looking }: { token: string; looking: boolean }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const job = model.job(token);
  if (!job) {
    return (
      <div className="maia-ui" role="status">
        {model.known ? trans.__('This job is not in the list any more.') : trans.__('Asking this server for your jobs…')}
      </div>
    );
  }
  return (
    <div className="maia-ui">
      <h1>{job.name}</h1>
      <div role="status">{job.advice && <p className={`maia-Hpc-advice maia-mod-${job.group}`}>{job.advice}</p>}</div>
      <Facts job={job} />
      <Efficiency job={job} />
      <Log job={job} looking={looking} />
      <Tracking job={job} />
      <Files job={job} />
      <Script token={token} />
    </div>
  );
}

class JobContent extends HpcWidget {
  constructor(
    around: Around,
    readonly token: string
  ) {
    super(around);
    this.addClass('maia-Hpc');
    this.addClass('maia-Hpc-page');
    this.title.closable = true;
    this.title.label = around.model.job(token)?.name ?? around.actions.trans.__('Job');
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  protected override onAfterHide(message: Message): void {
    this.update(); // whoever does not look reads no log
    super.onAfterHide(message);
  }

  protected content(): JSX.Element {
    return <Content token={this.token} looking={this.isVisible} />;
  }
}

/** The tab with its toolbar; its buttons follow what can be done with the job. */
export class JobTab extends MainAreaWidget<JobContent> {
  constructor(
    private readonly around: Around,
    readonly token: string
  ) {
    super({ content: new JobContent(around, token) });
    this.id = `maia-hpc-job-${token}`;
    this.toolbar.node.setAttribute('aria-label', around.actions.trans.__('What can be done with the job'));
    this.addButtons();
    around.model.changed.connect(this.follow, this);
    this.follow();
  }

  override dispose(): void {
    this.around.model.changed.disconnect(this.follow, this);
    super.dispose();
  }

  private addButtons(): void {
    const { actions, model } = this.around;
    const { trans } = actions;
    const withJob = (act: (job: Job) => unknown) => () => {
      const job = model.job(this.token);
      return job && act(job);
    };
    this.add('cancel', trans.__('Cancel…'), withJob(job => actions.cancel(job)));
    this.add('change', trans.__('Submit again with changes…'), withJob(job => actions.change(job.token)));
    this.add('again', trans.__('Find out and submit'), withJob(job => actions.again(job.token)));
    this.add('forget', trans.__('Remove from the list…'), withJob(job => actions.forget(job)));
  }

  private add(name: string, label: string, onClick: () => unknown): void {
    const button = new ToolbarButton({ label, onClick: () => void onClick() });
    this.buttons.set(name, button);
    this.toolbar.addItem(name, button);
  }

  private follow(): void {
    const job = this.around.model.job(this.token);
    const can: Record<string, boolean> = {
      cancel: !!job && !job.over && job.job_id !== null,
      change: !!job,
      again: !!job && !job.job_id,
      forget: !!job && job.over
    };
    for (const [name, button] of this.buttons) {
      button.enabled = can[name] ?? !!job;
    }
    if (job) {
      this.content.title.label = job.name;
    }
  }

  private readonly buttons = new Map<string, ToolbarButton>();
}
