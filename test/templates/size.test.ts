import { describe, expect, it } from 'vitest';
import { ask, askItems, CASES } from './answers.ts';

/** Content cards and the like hold some 2 KB in all. */
const MESSAGE_BYTES = 2_048;

/** Gmail cuts a message off at 102 kB, and this is one block of it. */
const EMAIL_BYTES = 16_384;

/** Longer than a tracked link will be. */
const LINK_CHARACTERS = 256;

describe('size', () => {
  it.each(CASES)(
    'of the message of %s stays under 2,048 bytes for the sample %s',
    async (placement, sample) => {
      const html = await ask(`${placement}.html`, sample, { template: 'message' });
      const items = await askItems(placement, sample);
      const longerLinks = items.reduce((sum, { click_url }) => sum + LINK_CHARACTERS - click_url.length, 0);
      expect(Buffer.byteLength(html) + longerLinks).toBeLessThan(MESSAGE_BYTES);
    },
  );

  it.each(CASES)(
    'of the e-mail of %s stays far under 102 kB for the sample %s',
    async (placement, sample) => {
      expect(Buffer.byteLength(await ask(`${placement}.html`, sample))).toBeLessThan(EMAIL_BYTES);
    },
  );
});
