export { type Known, KNOWN_ANSWERS } from "./answers.ts";
export { EVERY_CAPABILITY } from "./capabilities.ts";
export { deleteInBatches, type NotDeleted } from "./delete.ts";
export { canonicalEndpoint } from "./endpoint.ts";
export { connectionFailure, plainCause, redactor, shortText } from "./failures.ts";
export {
  type AnsweredObject,
  answeredRange,
  getObject,
  type GetObjectOptions,
  rangeHeader,
  wrongBytes,
} from "./get.ts";
export {
  type HeldPart,
  PART_LIMITS,
  type PartLimits,
  partsAtOnce,
  partSizes,
  sendParts,
  sliceStream,
  splitChunks,
  splitStream,
} from "./parts.ts";
export { type BodyParts, joinedChunks, type PartBody, putBody, type Upload } from "./put.ts";
export {
  type AnswerStream,
  hearErrors,
  type OpenBody,
  type ReadableBody,
  readBody,
  type ReadBodyOptions,
} from "./read.ts";
export { type Call, type CallOptions, type Limits, Requests } from "./requests.ts";
export { RANGE_LIMITS, type RangeLimits, readInRanges, type ReadInRangesOptions } from "./ranges.ts";
export {
  ambiguous,
  type Failure,
  parseRetryAfter,
  retry,
  RETRY_POLICY,
  type RetryOptions,
  type RetryPolicy,
} from "./retry.ts";
export { lazy, loadSdk } from "./sdk.ts";
export { checkSigning } from "./sign.ts";
export { LinkedAbort, withTimeout } from "./timeout.ts";
export { type FoundWrite, settledDelete, settledWrite, type SettledWriteOptions } from "./write.ts";
