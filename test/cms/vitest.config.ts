import { defineConfig } from 'vitest/config';

// Apart from `npm test`, whose files end in .test.ts: the first run installs some 700 megabytes.
export default defineConfig({
  test: {
    include: ['test/cms/*.spec.ts'],
    testTimeout: 20_000,
    hookTimeout: 660_000,
  },
});
