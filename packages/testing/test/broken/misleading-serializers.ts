import { SerializationError } from "@coatcheck/core";
import { type BrokenSerializer, withClass } from "./broken-serializer.ts";
import { GraphSerializer } from "./graph-serializer.ts";

let count = 0;

/** Serializers whose errors say the wrong thing. */
export const misleading: readonly BrokenSerializer[] = [
  {
    name: "a path that is always the root's",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(_path: string, reason: string): never {
          return super.refuse("$", reason);
        }
      },
    ),
    fails: ["alike: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "a path to the object around the value",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          return super.refuse(path.replace(/(\.[^.[]*|\[[^[]*\])$/, ""), reason);
        }
      },
    ),
    fails: ["alike: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "a path with names that are not quoted",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          return super.refuse(path.replace(/\["([^"]*)"\]/g, ".$1"), reason);
        }
      },
    ),
    fails: ["path: it leads to the value, through awkward names"],
  },
  {
    name: "no path",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(_path: string, reason: string): never {
          throw new SerializationError({ code: "NotSerializable", reason });
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "no reason",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(path: string): never {
          return super.refuse(path, "");
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "the code for reading",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          throw new SerializationError({ code: "NotDeserializable", path, reason });
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "a TypeError of its own",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          throw new TypeError(`${path}: ${reason}`);
        }
      },
    ),
    fails: ["alike: *", "contract: *", "kind: *", "refused: *", "path: *"],
  },
  {
    name: "other words each time",
    open: withClass(
      class extends GraphSerializer {
        protected override refuse(path: string, reason: string): never {
          return super.refuse(path, `${reason} (${count++})`);
        }
      },
    ),
    fails: ["path: the same value is refused in the same words each time"],
  },
];
