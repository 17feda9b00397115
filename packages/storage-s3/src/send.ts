import type {
  $Command,
  PutObjectCommand,
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from "@aws-sdk/client-s3";
import { notS3 } from "./info.ts";

/** The SDK, as a module. */
export type Sdk = typeof import("@aws-sdk/client-s3");

/**
 * Sends a command, once. An abort ends it, and the body of its answer. {@link answeredAt} and {@link checkAnswer} know its
 * answer.
 */
export type Send = <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: $Command<Input, Output, S3ClientResolvedConfig>,
  abortSignal: AbortSignal,
) => Promise<Output>;

/** Where an input, and then a request, has the signal that ends it. */
const SIGNAL = Symbol("signal");
/** Where the output of a call has the headers of its answer. */
const HEADERS = Symbol("headers of the answer");

/** After all that makes the request what is sent. */
const STEP = { step: "deserialize", priority: "high" } as const;

interface Signalled {
  [SIGNAL]?: AbortSignal | undefined;
}

interface Args {
  readonly input: Signalled;
  readonly request: Signalled;
}

interface Result {
  readonly output: object;
  readonly response: unknown;
}

type Next = (args: Args) => Promise<Result>;

/** Sends over a client that is somebody else's, and is left as it is. */
export function sendOver(client: S3Client): Send {
  return async (command, abortSignal) => {
    (command as unknown as PutObjectCommand).middlewareStack.add(noteHeaders as never, STEP);
    return await client.send(command, { abortSignal });
  };
}

/**
 * Sends over a client of our own, made with `cacheMiddleware`: then the SDK puts the steps of a call together once for each
 * kind of command, and not for each call, of which that takes a fifth; what a command's own stack has counts in the first
 * of its kind. It does so for calls without options only, so the signal goes with the input.
 */
export function sendOverOwn(client: S3Client): Send {
  const step = (next: Next): Next => {
    const noted = noteHeaders(next);
    return async (args) => {
      args.request[SIGNAL] = args.input[SIGNAL];
      return await noted(args);
    };
  };
  client.middlewareStack.add(step as never, STEP);
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const abortSignal = (request as Signalled)[SIGNAL];
    // A call that is made with options has its signal there.
    return await handle(request, abortSignal === undefined ? options : { ...options, abortSignal });
  };
  return async (command, abortSignal) => {
    const input = command.input as Signalled & { Body?: unknown };
    input[SIGNAL] = abortSignal;
    try {
      return await client.send(command);
    } finally {
      // The SDK keeps the first command of each kind.
      input[SIGNAL] = input.Body = undefined;
    }
  };
}

/** When the service answered, by its own clock: the answer to a write does not say when the object was modified. */
export function answeredAt(output: object): Date {
  const date = new Date(headersOf(output)["date"] ?? "");
  return Number.isNaN(date.getTime()) ? new Date() : date;
}

/**
 * Throws where an answer is a page, as of a network to sign in to, which may have all that an object has. An object that
 * is HTML comes with headers of S3.
 */
export function checkAnswer(output: object): void {
  const headers = headersOf(output);
  if (headers["content-type"]?.startsWith("text/html") !== true) return;
  if (!Object.keys(headers).some((name) => name.startsWith("x-amz-"))) throw notS3("a page of HTML");
}

function headersOf(output: object): Readonly<Record<string, string>> {
  return (output as { [HEADERS]?: Record<string, string> })[HEADERS] ?? {};
}

function noteHeaders(next: Next): Next {
  return async (args) => {
    const result = await next(args);
    const { headers } = result.response as { headers?: Record<string, string> };
    return { ...result, output: Object.assign(result.output, { [HEADERS]: headers }) };
  };
}
