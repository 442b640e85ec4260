import { traitNames } from '../domain/traits.ts';
import { listKeys } from './answer-keys.ts';
import { htmlTemplates, type SetUp, type SetUpSection, templateParameter } from './describe.ts';

/** Whom a call is about. Movable Ink's tokens are square brackets, and it does not encode what it puts in. */
const PERSON = 'user_id=[user_id]&campaign=[campaign]';

/** `printf` takes a name and password with `%` as they are, and `tr` joins the lines that some `base64` breaks. */
const HEADER_RECIPE =
  "printf 'Authorization: Basic %s\\n' \"$(printf '%s' 'NAME:PASSWORD' | base64 | tr -d '\\n')\"";

const PERSONAL_DATA =
  ' WARNING: the answers of this placement hold personal data (profile_…), which Movable Ink cannot use. Take a placement without "profile".';

/** How to set Movable Ink up for a placement. */
export function describeMovableInk(setUp: SetUp): SetUpSection[] {
  return [dataSource(setUp), header, fields(setUp), links(setUp), images(setUp), ...webCrop(setUp)];
}

function dataSource({ placement, publicUrl }: SetUp): SetUpSection {
  const hasPersonalData = traitNames(placement).length > 0;
  return {
    title: 'Data source',
    text: `Method GET. [item_index] is the place of a block's item, from 1 to ${placement.items}. [campaign] is your own name of this send, such as weekly-2026-11-27, the same in all blocks and links: with it all of them, and later opens, get the same decision.${hasPersonalData ? PERSONAL_DATA : ''}`,
    code: `${publicUrl}/v1/placements/${placement.name}.json?${PERSON}&item_index=[item_index]`,
  };
}

const header: SetUpSection = {
  title: 'Header',
  text: 'One header, made of the name and password that CALLER_CREDENTIALS has for Movable Ink. This prints it:',
  code: HEADER_RECIPE,
};

function fields(setUp: SetUp): SetUpSection {
  return {
    title: 'Fields to map',
    text: 'Absent values are null, so that the fallback text of a field shows. Texts hold no markup.',
    code: listKeys(setUp, 'item_'),
  };
}

function links(setUp: SetUp): SetUpSection {
  return {
    title: 'Links of the images',
    text: 'For the link of an image, which is fixed when the mail is sent. It leads to the item that was shown in that place to this person in this campaign, days later too; without a campaign, or if nothing was shown yet, to that of the baseline. The key belongs to this placement and may be seen by anyone.',
    code: positional(setUp, 'go'),
  };
}

function images(setUp: SetUp): SetUpSection {
  const { openLookups } = setUp.placement;
  const lookups = openLookups
    ? 'Whoever is not known yet is looked up, within limits (open_lookups).'
    : 'Nobody is looked up: before that, it is the picture of the baseline. "open_lookups: true" in placement.yaml allows it, within limits.';
  return {
    title: 'Images by themselves',
    text: `Leads to the picture of the item that a call with a password has chosen for this person and campaign. ${lookups}`,
    code: positional(setUp, 'img'),
  };
}

/** None where no template makes HTML. */
function webCrop(setUp: SetUp): SetUpSection[] {
  const { placement, publicUrl, key } = setUp;
  const [template] = htmlTemplates(setUp);
  if (template === undefined) return [];
  const size = `position=1&width=600&height=400${templateParameter(template)}`;
  return [
    {
      title: 'Web crop',
      text: 'Crop #mi_size_container, which has the width and height of the URL. With a position, #mi_dynamic_link holds the link; without, all items are shown. What it shows was chosen as for the images.',
      code: `${publicUrl}/page/${placement.name}?${PERSON}&key=${key}&${size}`,
    },
  ];
}

/** One line for each position. */
function positional({ placement, publicUrl, key }: SetUp, kind: 'go' | 'img'): string {
  const lines = Array.from(
    { length: placement.items },
    (_, index) => `${publicUrl}/${kind}/${placement.name}/${index + 1}?${PERSON}&key=${key}`,
  );
  return lines.join('\n');
}
