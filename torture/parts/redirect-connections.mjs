/**
 * Loaded into an agent under torture before its own code: connections to the addresses in BEAMDECK_TORTURE_RELAYS
 * ({ "127.0.0.1:3000": 40123 }) go to those ports of this machine instead, as a router on the way would send them.
 */
import { Socket } from 'node:net';

const relays = JSON.parse(process.env.BEAMDECK_TORTURE_RELAYS ?? '{}');
const connect = Socket.prototype.connect;

Socket.prototype.connect = function redirected(...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  const port = relays[`${options?.host}:${options?.port}`];
  if (port === undefined) return connect.apply(this, args);
  // Only for this call, which reads it at once: the options are also by what an HTTP agent knows its sockets.
  const asked = options.port;
  options.port = port;
  try {
    return connect.apply(this, args);
  } finally {
    options.port = asked;
  }
};
