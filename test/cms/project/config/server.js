const { randomBytes } = require('node:crypto');

const secret = () => randomBytes(24).toString('base64');

module.exports = () => ({
  host: '127.0.0.1',
  // Any free port: which one is asked of the server once it listens.
  port: 0,
  app: { keys: [secret(), secret()] },
  // Nothing is to be asked of the network.
  logger: { updates: { enabled: false }, startup: { enabled: false } },
});
