export {
  bytesOf,
  expectBytes,
  failing,
  failure,
  KIB,
  MIB,
  ONCE,
  read,
  stalling,
  streamOf,
  text,
  TWICE,
} from "./bytes.ts";
export { type Cloud, type CloudFacts, cloudServer, expectNothing, expectRequests, SMALL_LIMITS } from "./cloud.ts";
export { answering, errorTests, everything, expectAll, expectNoSecret, failures } from "./errors.ts";
export { faultTest } from "./faults.ts";
export { countTest, lazyTest, memoryTest } from "./processes.ts";
export { cancelTest, partTests, streamTests } from "./streams.ts";
export { ownClientTests, type PutShape, writeTests } from "./writes.ts";
