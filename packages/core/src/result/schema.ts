import { ResultError } from "../errors.ts";
import { quote } from "../text.ts";

/** What Coatcheck needs of a Standard Schema (https://standardschema.dev): zod, valibot, arktype and others have it. */
export interface StandardSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaOutcome<T> | Promise<SchemaOutcome<T>>;
  };
}

/** What a schema says of a value. */
export type SchemaOutcome<T> =
  { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Throws `InvalidValue` where the schema refuses the value. It says yes or no: what it would make of the value is not used. */
export async function checkSchema(schema: StandardSchema | undefined, value: unknown, key?: string): Promise<void> {
  if (schema === undefined) return;
  const { issues } = await schema["~standard"].validate(value);
  if (issues === undefined) return;
  const listed = issues.slice(0, 3).map(({ message, path = [] }) => {
    const at = path.map((part) => `[${quote(String(typeof part === "object" ? part.key : part))}]`).join("");
    return `$${at}: ${quote(message, 200).slice(1, -1)}`;
  });
  const more = issues.length > 3 ? `; and ${issues.length - 3} more` : "";
  throw new ResultError("InvalidValue", `the schema refuses the value: ${listed.join("; ")}${more}.`, { key });
}
