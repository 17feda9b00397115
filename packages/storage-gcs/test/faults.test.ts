import { faultTest } from "@coatcheck/test-support/cloud";
import { gcsServer } from "./support.ts";

faultTest(gcsServer(), {
  answers: [
    { status: 500, code: "backendError" },
    { status: 429, code: "rateLimitExceeded" },
    { status: 503, code: "backendError" },
    { status: 502, code: "badGateway" },
    { status: 403, code: "forbidden" },
  ],
  writes: ["objects.insert", "uploads.start", "uploads.chunk"],
});
