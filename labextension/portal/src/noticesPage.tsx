/** The page of notices by e-mail: where, about what, how long before the end, and whether they arrive. */

import * as React from 'react';

import { Contact, ContactChange } from '../../src/api';
import { ErrorText, useNow } from '../../src/ui';
import { MINUTE, SECOND, duration, moment, ms } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';
import { useSay, useTry } from './toast';

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

interface PartProps {
  contact: Contact;
  /** Runs a change and shows what came of it, until then what is `wanted`; tells whether it was taken. */
  change: (call: () => Promise<Contact>, wanted?: ContactChange) => Promise<boolean>;
  reload: () => void;
}

function GiveAddress({ contact, change }: PartProps): JSX.Element {
  const { api } = useServices();
  const [address, setAddress] = React.useState('');
  const give = async (event: React.FormEvent) => {
    event.preventDefault();
    const taken = await change(async () => {
      // Nobody has chosen a zone before she first gives an address: the browser's is the likely one.
      if (!contact.address && contact.zone === 'UTC') {
        await api.chooseNotices({ zone: HERE });
      }
      return api.giveAddress(address.trim());
    });
    if (taken) {
      setAddress('');
    }
  };
  return (
    <form className="maia-Line" onSubmit={event => void give(event)}>
      <label className="maia-Field maia-mod-grow">
        {contact.address ? 'Another address' : 'Your e-mail address'}
        <input
          type="email"
          required
          maxLength={254}
          autoComplete="email"
          value={address}
          onChange={event => setAddress(event.target.value)}
        />
      </label>
      <button type="submit" className="maia-Button maia-mod-primary">
        Send a code there
      </button>
    </form>
  );
}

function EnterCode({ contact, change }: PartProps): JSX.Element {
  const { api } = useServices();
  const [code, setCode] = React.useState('');
  const confirm = (event: React.FormEvent) => {
    event.preventDefault();
    void change(() => api.confirmAddress(code));
  };
  return (
    <form className="maia-Line" onSubmit={confirm}>
      <label className="maia-Field maia-mod-grow">
        The code that came to {contact.pending}
        <input
          required
          maxLength={40}
          autoComplete="one-time-code"
          value={code}
          onChange={event => setCode(event.target.value)}
        />
      </label>
      <button type="submit" className="maia-Button maia-mod-primary">
        Confirm
      </button>
    </form>
  );
}

function Channel({ contact, change }: PartProps): JSX.Element {
  const { api } = useServices();
  const [url, setUrl] = React.useState('');
  const give = async (event: React.FormEvent) => {
    event.preventDefault();
    if (await change(() => api.giveHook(url.trim()))) {
      setUrl('');
    }
  };
  return (
    <>
      {contact.hook_problem && (
        <p className="maia-Error" role="alert">
          The last message to the channel was not taken: {contact.hook_problem}
        </p>
      )}
      {contact.hook && (
        <div className="portal-Subscription">
          <span>
            You are told in the channel of <strong>{contact.hook}</strong>
          </span>
          <button type="button" className="maia-Button" onClick={() => void change(() => api.giveHook(''))}>
            No more there
          </button>
        </div>
      )}
      <form className="maia-Line" onSubmit={event => void give(event)}>
        <label className="maia-Field maia-mod-grow">
          Webhook of a channel (Slack, Teams, Mattermost; on {contact.hook_hosts.join(', ')})
          <input type="url" required maxLength={2000} value={url} onChange={event => setUrl(event.target.value)} />
        </label>
        <button type="submit" className="maia-Button">
          Tell me there
        </button>
      </form>
    </>
  );
}

function Where(props: PartProps): JSX.Element {
  const { contact, reload } = props;
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const attempt = useTry();
  const say = useSay();
  const test = async () => {
    if (await attempt(() => api.sendTest())) {
      say({ text: 'A test is on its way to you.' });
    }
  };
  const forget = async () => {
    if (await attempt(() => api.forgetContact())) {
      reload();
    }
  };
  return (
    <section className="portal-Card" aria-labelledby="where">
      <h2 id="where">Where</h2>
      {!contact.available && (
        <p>
          This hub sends no e-mail: it has no mail server, which its administrator can give it. Notices are in JupyterLab and
          here{contact.hook_hosts.length > 0 && ', and in a channel if you name one'}.
        </p>
      )}
      {contact.problem && (
        <p className="maia-Error" role="alert">
          The last message was not taken{contact.problem_since && `, since ${moment(ms(contact.problem_since), now)}`}:{' '}
          {contact.problem}
        </p>
      )}
      {contact.address && (
        <div className="portal-Subscription">
          <span>
            You are told at <strong>{contact.address}</strong>, and in JupyterLab.
          </span>
          <button type="button" className="maia-Button" onClick={() => void forget()}>
            Forget it
          </button>
        </div>
      )}
      {contact.available && <GiveAddress {...props} />}
      {contact.available && contact.pending && <EnterCode {...props} />}
      {contact.hook_hosts.length > 0 && <Channel {...props} />}
      {(contact.address || contact.hook) && (
        <p>
          <button type="button" className="maia-Button" onClick={() => void test()}>
            Send me a test
          </button>
        </p>
      )}
    </section>
  );
}

function What({ contact, change }: PartProps): JSX.Element {
  const { api } = useServices();
  const choose = (wanted: ContactChange) => void change(() => api.chooseNotices(wanted), wanted);
  const toggle = (topic: string, on: boolean) =>
    choose({ topics: on ? [...contact.topics, topic] : contact.topics.filter(each => each !== topic) });
  const leads = contact.leads.includes(contact.lead) ? contact.leads : [contact.lead, ...contact.leads];
  const zones = [...new Set([contact.zone, HERE, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  const ways = [...(contact.available ? ['by e-mail'] : []), ...(contact.hook_hosts.length ? ['in the channel'] : [])];
  return (
    <section className="portal-Card" aria-labelledby="what">
      <h2 id="what">What and when</h2>
      {ways.length === 0 && <p id="nowhere">There is nothing to choose while nothing is sent.</p>}
      <fieldset className="portal-Topics" disabled={ways.length === 0} aria-describedby={ways.length ? undefined : 'nowhere'}>
        <legend>Tell me {ways.join(' or ') || 'by e-mail'} when</legend>
        {contact.choices.map(({ topic, text }) => (
          <label key={topic}>
            <input
              type="checkbox"
              checked={contact.topics.includes(topic)}
              onChange={event => toggle(topic, event.target.checked)}
            />{' '}
            {text}
          </label>
        ))}
      </fieldset>
      <div className="maia-Line">
        <label className="maia-Field">
          Before an end
          <select value={contact.lead} disabled={ways.length === 0} onChange={event => choose({ lead: Number(event.target.value) })}>
            {leads.map(lead => (
              <option key={lead} value={lead}>
                {duration(lead * SECOND)}
              </option>
            ))}
          </select>
        </label>
        <label className="maia-Field">
          Times in
          <select value={contact.zone} disabled={ways.length === 0} onChange={event => choose({ zone: event.target.value })}>
            {zones.map(zone => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
      </div>
    </section>
  );
}

export function NoticesPage(): JSX.Element {
  const { api } = useServices();
  const attempt = useTry();
  const loaded = useLoaded(() => api.contact(), [api]);
  const [changed, setChanged] = React.useState<Contact | null>(null);
  const contact = changed ?? loaded.value;
  const reload = () => {
    setChanged(null);
    loaded.reload();
  };
  const change = async (call: () => Promise<Contact>, wanted?: ContactChange) => {
    if (contact && wanted) {
      setChanged({ ...contact, ...wanted });
    }
    const taken = await attempt(async () => setChanged(await call()));
    if (!taken && wanted) {
      reload();
    }
    return taken;
  };
  return (
    <>
      <div className="portal-Title">
        <h1>Notices</h1>
      </div>
      {loaded.error !== null && <ErrorText error={loaded.error} />}
      {!contact && loaded.error === null && <div className="maia-Skeleton" />}
      {contact && <Where contact={contact} change={change} reload={reload} />}
      {contact && <What contact={contact} change={change} reload={reload} />}
    </>
  );
}
