import { arrays } from "../../packages/testing/src/serializer/kinds/arrays.ts";
import { builtins } from "../../packages/testing/src/serializer/kinds/builtins.ts";
import { classes } from "../../packages/testing/src/serializer/kinds/classes.ts";
import { errors } from "../../packages/testing/src/serializer/kinds/errors.ts";
import type { Values } from "../../packages/testing/src/serializer/kinds/kind.ts";
import { objects } from "../../packages/testing/src/serializer/kinds/objects.ts";
import { primitives } from "../../packages/testing/src/serializer/kinds/primitives.ts";
import { references } from "../../packages/testing/src/serializer/kinds/references.ts";
import { refused } from "../../packages/testing/src/serializer/kinds/refused.ts";

/** A kind of value, with at least three values of it. */
export interface Kind {
  readonly group: string;
  readonly name: string;
  readonly values: Values;
}

/** The kinds of values of the conformance kit, with strings of up to `longText` characters. */
export function corpus(longText: number): readonly Kind[] {
  const groups: Readonly<Record<string, Readonly<Record<string, Values>>>> = {
    primitives: primitives({ longText }),
    objects,
    arrays,
    references,
    "built-in objects": builtins,
    errors,
    "registered classes": classes,
    "nothing can carry these: to be refused": refused,
  };
  return Object.entries(groups).flatMap(([group, kinds]) =>
    Object.entries(kinds).map(([name, values]) => ({ group, name, values })),
  );
}
