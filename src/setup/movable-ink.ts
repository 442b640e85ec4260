import { HEADER_RECIPE, listKeys, type SetUp, type SetUpSection } from './describe.ts';

/** How to set Movable Ink up for a placement. Its tokens are square brackets, and it does not encode what it puts in. */
export function describeMovableInk(setUp: SetUp): SetUpSection[] {
  const { placement, publicUrl, key } = setUp;
  const person = 'user_id=[user_id]&campaign=[campaign]';
  const positional = (kind: 'go' | 'img', position: number): string =>
    `${publicUrl}/${kind}/${placement.name}/${position}?${person}&key=${key}`;
  const positions = Array.from({ length: placement.items }, (_, index) => index + 1);
  return [
    {
      title: 'Data source',
      text: 'Method GET. In a block, item_index is the position of its item, from 1; campaign is your own name of this send, the same in all blocks and links.',
      code: `${publicUrl}/v1/placements/${placement.name}.json?${person}&item_index=[item_index]`,
    },
    {
      title: 'Header',
      text: 'One header, made of the caller credentials of Movable Ink:',
      code: HEADER_RECIPE,
    },
    {
      title: 'Fields to map',
      text: 'Absent values are null, so that the fallback text of a field shows. Texts hold no markup.',
      code: listKeys(setUp, 'item_'),
    },
    {
      title: 'Links of the images',
      text: 'Where the link of an image is fixed in the e-mail, it finds the item that was shown to this person in this campaign, also days later. Without a password: the key belongs to this placement.',
      code: positions.map((position) => positional('go', position)).join('\n'),
    },
    {
      title: 'Images by themselves',
      text: placement.openLookups
        ? 'Redirects to the picture of the item. People who are not known yet are looked up, within limits.'
        : "Redirects to the picture of the item that an earlier call has chosen for this person and campaign; before that, to the default's. With open_lookups: true in placement.yaml it looks people up itself, within limits.",
      code: positions.map((position) => positional('img', position)).join('\n'),
    },
    {
      title: 'Web crop',
      text: 'Crop #mi_size_container; its size is what you ask for. With position, #mi_dynamic_link holds the link. Chosen by an earlier call, as the images are.',
      code: `${publicUrl}/page/${placement.name}?${person}&key=${key}&position=1&width=600&height=400`,
    },
  ];
}
