/** An answer that says what is wrong, in Google's words. */
export class GcsError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }

  /** The body of the answer, as the JSON API has it. */
  get json(): string {
    const { status: code, message, reason } = this;
    return JSON.stringify({ error: { code, message, errors: [{ message, domain: "global", reason }] } });
  }
}

export function noSuchBucket(): GcsError {
  return new GcsError(404, "notFound", "The specified bucket does not exist.");
}

export function noSuchObject(bucket: string, key: string): GcsError {
  return new GcsError(404, "notFound", `No such object: ${bucket}/${key}`);
}

export function conditionNotMet(): GcsError {
  return new GcsError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
}

export function invalidArgument(message: string): GcsError {
  return new GcsError(400, "invalid", message);
}
