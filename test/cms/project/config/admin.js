const { randomBytes } = require('node:crypto');

const secret = () => randomBytes(24).toString('base64');

// Made anew each time: nothing that they sign or encrypt outlives the process.
module.exports = () => ({
  auth: { secret: secret() },
  apiToken: { salt: secret() },
  transfer: { token: { salt: secret() } },
  secrets: { encryptionKey: randomBytes(16).toString('hex') },
  flags: { nps: false, promoteEE: false },
});
