import { connect, type Server } from 'node:net';
import type { ForwarderTarget } from './api-forwarder.ts';

// Runs in the control plane's network namespace; gets the listening socket of the machine's from its parent.
process.once('message', (target: ForwarderTarget, server: Server) => {
  server.on('connection', (client) => {
    const upstream = connect({ host: target.address, port: target.port, noDelay: true });
    client.setNoDelay(true);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.resetAndDestroy());
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  process.send?.('listening');
});
process.once('disconnect', () => process.exit(0));
