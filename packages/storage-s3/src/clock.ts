import type { CompleteMultipartUploadCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

/** Where the output of a call has what the service's clock said when it answered. */
const ANSWERED = Symbol("date of the answer");

/** A command whose answer ends a write. */
export type DatedCommand = PutObjectCommand | CompleteMultipartUploadCommand;

interface Result {
  readonly output: object;
  readonly response: unknown;
}

const noteDate =
  <Args, R extends Result>(next: (args: Args) => Promise<R>): ((args: Args) => Promise<R>) =>
  async (args) => {
    const result = await next(args);
    const { headers } = result.response as { headers?: { date?: string } };
    return { ...result, output: Object.assign(result.output, { [ANSWERED]: headers?.date }) };
  };

/** Has the outputs of a client's calls, or of one command's, tell what {@link answeredAt} says. */
export function noteDates(of: S3Client | DatedCommand): void {
  (of as PutObjectCommand).middlewareStack.add(noteDate as never, { step: "deserialize", priority: "high" });
}

/** When the service answered, by its own clock: the answer to a write does not say when the object was modified. */
export function answeredAt(output: object): Date {
  const date = new Date((output as { [ANSWERED]?: string })[ANSWERED] ?? "");
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
