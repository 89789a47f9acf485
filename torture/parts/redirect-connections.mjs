/**
 * Loaded into an agent under torture before its own code: connections to the addresses in BEAMDECK_TORTURE_RELAYS
 * ({ "127.0.0.1:3000": 40123 }) go to those ports of this machine instead, as a router on the way would send them.
 */
import { Socket } from 'node:net';

const relays = JSON.parse(process.env.BEAMDECK_TORTURE_RELAYS ?? '{}');
const connect = Socket.prototype.connect;

Socket.prototype.connect = function redirected(...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof options === 'object' && options !== null) {
    const port = relays[`${options.host}:${options.port}`];
    if (port !== undefined) options.port = port;
  }
  return connect.apply(this, args);
};
