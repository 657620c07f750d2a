/**
 * What the OHIF in MONAI Label lacks here: it signs in to the project's images before it asks for them, has a brush and an
 * eraser to correct what was proposed, and a button *Submit Label*, for which its extension brings the call alone. What is
 * drawn is sent as one NIfTI file, with its own geometry, and stays drawn whatever comes of it.
 */
(() => {
  const LABELMAP = '1'; // the only segmentation of MONAI Label's panel
  const [UINT8, UINT16, MILLIMETRES, DATA_AT] = [2, 512, 2, 352]; // of NIfTI-1
  const FIRST_BUTTON = 1; // of the mouse, as the drawing tools count
  const SIZES = [2, 5, 10, 20]; // millimetres
  const HERE = 'What you drew is still here.';
  const SIGN_IN = `You are no longer signed in. ${HERE} Sign in in another tab, come back to this one and submit again.`;
  let sending = false;

  class Refused extends Error {}

  /** What is drawn on the image, and of which series; `tab` is a tab of MONAI Label's panel. */
  function drawn(tab) {
    const { segmentationService, displaySetService } = tab.props.servicesManager.services;
    const volume = segmentationService.getLabelmapVolume(LABELMAP);
    const values = volume?.voxelManager?.getCompleteScalarDataArray();
    if (!values) {
      throw new Refused('There is nothing to submit yet: draw, or have a model segment, first.');
    }
    const found = new Set(values);
    found.delete(0);
    if (!found.size) {
      throw new Refused('Nothing is drawn yet. Draw, or have a model segment, first.');
    }
    const set = displaySetService.getDisplaySetByUID(String(volume.referencedVolumeId).split(':').pop());
    const of = (set ?? tab.props.getActiveViewportInfo().displaySet).SeriesInstanceUID;
    return { volume, values, present: [...found].sort((a, b) => a - b), of, names: names(segmentationService) };
  }

  /** The name of each number. */
  function names(segmentationService) {
    const segmentation = segmentationService.getSegmentation(LABELMAP);
    const segments = Object.values(segmentation.segments ?? segmentation.config.segments).filter(Boolean);
    return new Map(segments.map(segment => [Number(segment.segmentIndex), segment.label]));
  }

  /**
   * A file of NIfTI-1 (https://nifti.nimh.nih.gov/nifti-1), packed: its first two axes run against those of DICOM.
   *
   * No other format will do: those that ITK reads may name further files, and are not taken from guests.
   */
  async function nifti(volume, values, largest) {
    const { dimensions, spacing, direction, origin } = volume;
    const [bytes, type] = largest < 256 ? [1, UINT8] : [2, UINT16];
    const data = bytes === 1 ? Uint8Array.from(values) : Uint16Array.from(values);
    const header = new DataView(new ArrayBuffer(DATA_AT));
    const shorts = (at, numbers) => numbers.forEach((each, i) => header.setInt16(at + 2 * i, each, true));
    const floats = (at, numbers) => numbers.forEach((each, i) => header.setFloat32(at + 4 * i, each, true));
    header.setInt32(0, 348, true); // sizeof_hdr
    shorts(40, [3, ...dimensions, 1, 1, 1, 1]); // dim
    shorts(70, [type, 8 * bytes]); // datatype, bitpix
    floats(76, [1, ...spacing]); // pixdim
    floats(108, [DATA_AT, 1]); // vox_offset, scl_slope
    header.setUint8(123, MILLIMETRES); // xyzt_units
    shorts(254, [1]); // sform_code: as a scanner has it
    [-1, -1, 1].forEach((sign, k) => {
      const axes = [0, 1, 2].map(axis => direction[3 * axis + k] * spacing[axis]);
      floats(280 + 16 * k, [...axes, origin[k]].map(each => sign * each)); // srow_x, srow_y, srow_z
    });
    [...'n+1'].forEach((letter, i) => header.setUint8(344 + i, letter.charCodeAt(0))); // magic
    const whole = new Blob([header.buffer, data]).stream();
    return new Response(whole.pipeThrough(new CompressionStream('gzip'))).blob();
  }

  async function send(server, image, file, info) {
    const url = new URL('datastore/label', server);
    url.searchParams.set('image', image);
    const form = new FormData();
    form.set('params', JSON.stringify({ label_info: info }));
    form.set('label', file, 'label.nii.gz');
    let answer;
    try {
      answer = await fetch(url, { method: 'PUT', body: form, redirect: 'manual' });
    } catch {
      throw new Refused(`MONAI Label does not answer. ${HERE} Submit again in a while.`);
    }
    if (answer.type === 'opaqueredirect' || answer.status === 401) {
      throw new Refused(SIGN_IN);
    }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      const reason = [told.detail ?? told.message, told.advice].filter(each => typeof each === 'string').join(' ');
      throw new Refused(`${reason || `It was refused (${answer.status}).`} ${HERE}`);
    }
  }

  async function submit(tab) {
    const { volume, values, present, of, names } = drawn(tab);
    const info = present.map(number => ({ name: names.get(number) ?? '', idx: number }));
    const file = await nifti(volume, values, present[present.length - 1]);
    await send(tab.props.client().server_url, of, file, info);
    return info.map(each => each.name).join(', ');
  }

  async function clicked(tab) {
    const show = (type, message, duration) => tab.notification.show({ title: 'MONAI Label', message, type, duration });
    if (sending) {
      return;
    }
    sending = true;
    show('info', 'Submitting the label…', 3000);
    try {
      const what = await submit(tab);
      show('success', `Submitted in your name: ${what}. It is soon among the series of this study.`, 6000);
    } catch (error) {
      const words = error instanceof Refused ? error.message : `The label could not be submitted. ${HERE}`;
      show('error', words, 15000);
      console.error(error);
    } finally {
      sending = false;
    }
  }

  /** Load the viewer's program, once this browser is signed in where the images are: PREFIX/PROJECT/TOOL/dicom-web. */
  window.maiaBegin = async (images, program) => {
    const quietly = (url, headers) => fetch(url, { headers, cache: 'no-store' }).catch(() => null);
    const asked = images && (await quietly(`${images}/studies?limit=1`, { Accept: 'application/dicom+json' }));
    if (asked?.status === 401) {
      const door = images.split('/').slice(0, -3).join('/');
      await quietly(`${door}/login?next=${encodeURIComponent(`${door}/signed-in`)}`);
    }
    const script = document.createElement('script');
    script.src = program;
    document.head.append(script);
  };

  /** Have the mouse's first button draw with a tool, in every view that has it. */
  function take(tab, tool, brushSize) {
    const { toolGroupService } = tab.props.servicesManager.services;
    const groups = toolGroupService.getToolGroupIds().map(id => toolGroupService.getToolGroup(id));
    for (const group of groups.filter(each => each?.hasTool(tool))) {
      const before = group.getActivePrimaryMouseButtonTool();
      if (before && group.getToolConfiguration(before)?.disableOnPassive) {
        group.setToolDisabled(before);
      } else if (before) {
        group.setToolPassive(before);
      }
      group.setToolConfiguration(tool, { brushSize });
      group.setToolActive(tool, { bindings: [{ mouseButton: FIRST_BUTTON }] });
    }
  }

  /** Correct by hand: what is chosen in the row of the button that was pressed. */
  function correct(tab, tool, row) {
    const [segment, size] = [...row.querySelectorAll('select')].map(each => Number(each.value));
    const { segmentationService } = tab.props.servicesManager.services;
    try {
      segmentationService.setActiveSegment(LABELMAP, segment);
      take(tab, tool, size);
    } catch (error) {
      tab.notification.show({ title: 'MONAI Label', message: 'There is nothing to correct yet.', type: 'error' });
      console.error(error);
    }
  }

  function labels(tab) {
    try {
      return [...names(tab.props.servicesManager.services.segmentationService)];
    } catch {
      return []; // none is made yet
    }
  }

  /** Rows for the table of buttons of MONAI Label's panel. */
  window.maiaSubmit = (element, tab) => {
    const style = { backgroundColor: 'lightgray', width: '100%' };
    const button = (words, onClick) => element('button', { className: 'actionInput', style, onClick }, words);
    const choice = (name, options, chosen) =>
      element(
        'select',
        { 'aria-label': name, className: 'actionInput', style: { color: 'black', width: '100%' }, defaultValue: chosen },
        options.map(([value, words]) => element('option', { key: value, value }, words))
      );
    const draw = tool => event => correct(tab, tool, event.currentTarget.closest('table'));
    const row = (key, ...cells) => element('tr', { key }, ...cells);
    const sizes = SIZES.map(size => [size, `${size} mm`]);
    return [
      row('what', element('td', { colSpan: 2 }, choice('Correct', labels(tab))), element('td', null, choice('Size', sizes, SIZES[1]))),
      row(
        'how',
        element('td', null, button('Brush', draw('CircularBrush'))),
        element('td', null, '\u00a0'),
        element('td', null, button('Eraser', draw('CircularEraser')))
      ),
      row('submit', element('td', { colSpan: 3 }, button('Submit Label', () => void clicked(tab))))
    ];
  };
})();
