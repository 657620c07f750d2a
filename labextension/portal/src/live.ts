/** React hooks over the stream and the API, which JupyterLab has too. */

export * from '../../src/bookings/live';
