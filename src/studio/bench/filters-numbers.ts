import { isWhole, toNumber, toText } from './values.ts';

/** Ruby calculates with decimal fractions, of which 15 digits are all that JavaScript has. */
const tidy = (number: number): number => Number(number.toPrecision(15));

/** What a filter sees of the message. */
type Written = { readonly token: { readonly args: readonly unknown[]; getText(): string } };

export const NUMBER_FILTERS = {
  plus: (value: unknown, other: unknown) => tidy(toNumber(value) + toNumber(other)),
  minus: (value: unknown, other: unknown) => tidy(toNumber(value) - toNumber(other)),
  times: (value: unknown, other: unknown) => tidy(toNumber(value) * toNumber(other)),
  divided_by(this: Written, value: unknown, other: unknown) {
    const divisor = toNumber(other);
    // `2.0` is 2 to JavaScript, so what was written counts.
    const isExact = !isWhole(value) || !isWhole(other) || /:\s*-?\d+\.\d/.test(this.token.getText());
    if (divisor === 0) throw new Error('divided by 0');
    const quotient = toNumber(value) / divisor;
    return isExact ? tidy(quotient) : Math.floor(quotient);
  },
  modulo(value: unknown, other: unknown) {
    const divisor = toNumber(other);
    if (divisor === 0) throw new Error('divided by 0');
    return tidy(((toNumber(value) % divisor) + divisor) % divisor);
  },
  /** 145 gives 145.00. */
  money: (value: unknown) => (isNumeric(value) ? toNumber(value).toFixed(2) : value),
  number_with_delimiter: (value: unknown) => {
    const [whole = '', ...fraction] = toText(value).split('.');
    return [whole.replace(/\B(?=(?:\d{3})+$)/g, ','), ...fraction].join('.');
  },
};

function isNumeric(value: unknown): boolean {
  return /^\s*-?\d+(?:\.\d+)?\s*$/.test(toText(value));
}
