/** What is wrong now: bookings for which there may be no GPU, and machines in trouble. */

import * as React from 'react';

import { Alarm, MachineState } from '../../../src/api';
import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, moment, ms, span } from '../../../src/ui/time';
import { useLiveState, useLoaded } from '../live';
import { useServices } from '../services';
import { DataTable } from './dataTable';

function AlarmRow({ alarm, now }: { alarm: Alarm; now: number }): JSX.Element {
  const { booking, reason, since, offers } = alarm;
  return (
    <tr>
      <td>{booking.user}</td>
      <td>
        {booking.gpus} × {booking.product}, {span(ms(booking.start), ms(booking.end), now)}
      </td>
      <td>{reason}</td>
      <td>{moment(ms(since), now)}</td>
      <td>{offers.map(slot => moment(ms(slot.start), now)).join('; ') || 'nothing is free'}</td>
    </tr>
  );
}

function MachineRow({ machine, now }: { machine: MachineState; now: number }): JSX.Element {
  return (
    <tr>
      <td>{machine.node}</td>
      <td>
        {machine.gpus} × {machine.product}
      </td>
      <td>{machine.trouble}</td>
      <td>{machine.since && moment(ms(machine.since), now)}</td>
    </tr>
  );
}

export function Alarms(): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const version = useLiveState()?.calendar_version;
  const alarms = useLoaded(() => api.alarms(), [api, version]);
  const machines = useLoaded(() => api.machines(), [api, version]);
  const wrong = machines.value?.filter(machine => machine.trouble) ?? [];
  const error = alarms.error ?? machines.error;
  const well = alarms.value?.length === 0 && machines.value !== null && wrong.length === 0;
  return (
    <section className="portal-Card" aria-labelledby="alarms">
      <h2 id="alarms">Alarms</h2>
      {error !== null && <ErrorText error={error} />}
      {well && <p className="portal-Soft">None: every booking has its GPU, and no machine is in trouble.</p>}
      {alarms.value !== null && alarms.value.length > 0 && (
        <>
          <h3>Bookings for which there may be no GPU</h3>
          <DataTable label="Endangered bookings" heads={['Who', 'What', 'Why', 'Since', 'Free instead']}>
            {alarms.value.map(alarm => (
              <AlarmRow key={alarm.booking.id} alarm={alarm} now={now} />
            ))}
          </DataTable>
        </>
      )}
      {wrong.length > 0 && (
        <>
          <h3>Machines in trouble</h3>
          <DataTable label="Machines in trouble" heads={['Machine', 'GPUs that can be used', 'What is wrong', 'Since']}>
            {wrong.map(machine => (
              <MachineRow key={`${machine.node}/${machine.pool}`} machine={machine} now={now} />
            ))}
          </DataTable>
        </>
      )}
    </section>
  );
}
