/** The form that starts a MONAI Label. */

import * as React from 'react';

import { ErrorText, Words, useTrans } from '../ui';
import { moment, ms } from '../ui/time';
import { useAround } from './around';
import { Check, FolderField, ModelsField, SelectField, TextField } from './fields';
import type { Choices, Wanted } from './records';

const RADIOLOGY = 'radiology';

interface Form {
  kind: string;
  folder: string;
  models: string[];
  ownModels: string;
  from: string;
  images: string;
  device: string;
  orCpu: boolean;
  weights: boolean;
  name: string;
}

const START: Form = {
  kind: RADIOLOGY,
  folder: '',
  models: [],
  ownModels: '',
  from: 'archive',
  images: '',
  device: '',
  orCpu: false,
  weights: false,
  name: ''
};

/** What it may compute on, the best first. */
function devices(trans: Words, { session, gpus, until }: Choices): [string, string][] {
  const cpu: [string, string] = ['cpu', trans.__('CPU')];
  if (!session) {
    return [['any', trans.__('GPU, if there is one')], cpu];
  }
  const held = [...new Set(gpus)].join(', ');
  const end = until ? trans.__('your %1, until %2', held, moment(ms(until), Date.now())) : trans.__('your %1', held);
  return gpus.length ? [['cuda', end], cpu] : [cpu];
}

function wantedOf(form: Form, archive: boolean, device: string): Wanted {
  const own = form.kind !== RADIOLOGY;
  return {
    app: own ? form.folder : RADIOLOGY,
    models: own ? form.ownModels.split(/[\s,]+/).filter(Boolean) : form.models,
    images: archive ? null : form.images,
    weights: form.weights,
    device,
    or_cpu: form.orCpu,
    name: form.name.trim()
  };
}

interface PartProps {
  form: Form;
  set: <K extends keyof Form>(name: K) => (value: Form[K]) => void;
  choices: Choices;
}

function AppPart({ form, set, choices }: PartProps): JSX.Element {
  const trans = useTrans();
  const kinds: [string, string][] = [
    [RADIOLOGY, trans.__('Radiology')],
    ['folder', trans.__('A MONAI bundle, or an app of your own')]
  ];
  return (
    <>
      <SelectField label={trans.__('App')} value={form.kind} set={set('kind')} options={kinds} />
      {form.kind === RADIOLOGY ? (
        <ModelsField known={choices.models} chosen={form.models} set={set('models')} />
      ) : (
        <>
          <FolderField
            label={trans.__('Folder of the bundle or app')}
            hint={trans.__('A bundle has a folder “configs”, an app a file “main.py”. It runs with your rights.')}
            value={form.folder}
            set={set('folder')}
          />
          <TextField label={trans.__('Models')} placeholder={trans.__('all')} hint={trans.__('Names, with commas between them.')} value={form.ownModels} set={set('ownModels')} />
        </>
      )}
    </>
  );
}

function ImagesPart({ form, set, archive }: PartProps & { archive: boolean }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const known = model.state?.archive;
  const options: [string, string][] = [['folder', trans.__('A folder')]];
  if (known?.there) {
    options.unshift(['archive', trans.__('The project’s image archive')]);
  }
  return (
    <>
      <SelectField
        label={trans.__('Images')}
        value={archive ? 'archive' : 'folder'}
        set={set('from')}
        options={options}
        hint={archive ? trans.__('Every modality: CT, MR, PET, ultrasound, X-ray.') : undefined}
      />
      {!archive && <FolderField label={trans.__('Folder of images')} value={form.images} set={set('images')} />}
      {!archive && <p className="maia-Tool-soft">{trans.__('Images of a folder are annotated in 3D Slicer; OHIF shows those of the archive.')}</p>}
      {known?.problem && <p className="maia-Tool-soft">{known.problem.detail}</p>}
    </>
  );
}

function DevicePart({ form, set, choices, device }: PartProps & { device: string }): JSX.Element {
  const trans = useTrans();
  const noGpu = choices.session && !choices.gpus.length;
  return (
    <>
      <SelectField
        label={trans.__('Computes on')}
        value={device}
        set={set('device')}
        options={devices(trans, choices)}
        hint={noGpu ? trans.__('You hold no GPU now. Book one in the panel “GPU”.') : undefined}
      />
      {choices.until && device !== 'cpu' && <Check label={trans.__('Go on without a GPU when the booking ends')} value={form.orCpu} set={set('orCpu')} />}
      <Check label={trans.__('Fetch weights that others have trained (needs the network)')} value={form.weights} set={set('weights')} />
    </>
  );
}

export function StartForm({ choices }: { choices: Choices }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const [form, setForm] = React.useState(START);
  const [error, setError] = React.useState<unknown>(null);
  const [busy, setBusy] = React.useState(false);
  const set: PartProps['set'] = name => value => setForm(before => ({ ...before, [name]: value }));
  const archive = form.from === 'archive' && !!model.state?.archive.there;
  const possible = devices(trans, choices).map(([name]) => name);
  const device = possible.includes(form.device) ? form.device : possible[0];
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    await model.start(wantedOf(form, archive, device)).catch(setError);
    setBusy(false);
  };
  const part = { form, set, choices };
  const noModel = form.kind === RADIOLOGY && !form.models.length;
  return (
    <form className="maia-Form" aria-label={trans.__('Start MONAI Label')} onSubmit={event => void submit(event)}>
      <AppPart {...part} />
      <ImagesPart {...part} archive={archive} />
      <DevicePart {...part} device={device} />
      <TextField label={trans.__('Name')} placeholder={trans.__('as its app')} value={form.name} set={set('name')} />
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      <div className="maia-Tool-actions">
        <button type="submit" className="maia-Button maia-mod-primary" disabled={busy || noModel}>
          {trans.__('Start')}
        </button>
        {noModel && choices.models.length > 0 && <span className="maia-Tool-soft">{trans.__('Choose a model first.')}</span>}
      </div>
    </form>
  );
}
