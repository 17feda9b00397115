const native = (String.prototype as { isWellFormed?: (this: string) => boolean }).isWellFormed;

/** Whether every surrogate of the text stands in a pair, so that UTF-8 can carry it. */
export const isWellFormed: (text: string) => boolean =
  native === undefined
    ? (text) => !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)
    : (text) => native.call(text);
