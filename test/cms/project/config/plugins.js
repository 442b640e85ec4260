const { randomBytes } = require('node:crypto');

module.exports = () => ({
  'users-permissions': { config: { jwtSecret: randomBytes(24).toString('base64') } },
});
