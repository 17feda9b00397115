import { faultTest } from "@coatcheck/test-support/cloud";
import { s3Server } from "./support.ts";

faultTest(s3Server(), {
  answers: [
    { status: 500, code: "InternalError" },
    { status: 503, code: "SlowDown" },
    { status: 503, code: "ServiceUnavailable" },
    { status: 409, code: "ConditionalRequestConflict" },
    { status: 403, code: "AccessDenied" },
  ],
  writes: ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"],
});
