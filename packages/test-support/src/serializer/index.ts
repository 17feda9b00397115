export { goldenClasses, goldenMakers, type GoldenSuite, goldenTests, type Makers } from "./golden.ts";
export { oddPropertyTests } from "./odd-properties.ts";
