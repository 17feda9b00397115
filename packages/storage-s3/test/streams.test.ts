import { cancelTest, memoryTest, partTests, streamTests } from "@coatcheck/test-support/cloud";
import { clientOf, s3Server } from "./support.ts";

const at = s3Server();

streamTests(at);
partTests(at);
// Fewer connections than gets are cancelled: each must be given back.
const open = (): ReturnType<typeof at.open> => {
  const client = clientOf(at.server, { requestHandler: { httpAgent: { maxSockets: 4 } } });
  return at.open({ client, credentials: undefined as never });
};
cancelTest(at, open);
memoryTest(at, 256);
